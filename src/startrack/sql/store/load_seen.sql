-- When each repository was last counted.
update repos set seen_at = seen.taken_at
from (
    select repo_id, max(taken_at) as taken_at
    from day
    where missing is null
    group by repo_id
) as seen
where seen.repo_id = repos.repo_id
