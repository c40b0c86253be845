-- When each name belonged to which repository: by the counts of runs, else by what was imported before. A repository
-- has no star before it was created.
select named.name, named.repo_id, named.first_seen, named.last_seen, repos.created_at
from (
    select lower(name) as name, repo_id, min(first_seen) as first_seen, max(last_seen) as last_seen
    from (
        select name, repo_id, first_seen, last_seen from repo_names
        union all
        select repo, repo_id, first_at, last_at from imports
    ) as names
    group by lower(name), repo_id
) as named
left join repos on repos.repo_id = named.repo_id
order by named.name, named.first_seen, named.repo_id
