-- The instants of the first and the last count of each repository, and its last count. With these, reports need not
-- search the big table for repositories that are no longer counted.
update repos set
    first_seen = least(repos.first_seen, seen.first_seen),
    seen_at = seen.seen_at,
    stars = seen.stars,
    forks = seen.forks,
    commits = seen.commits,
    source = seen.source,
    details_at = coalesce(seen.details_at, repos.details_at)
from (
    select
        repo_id,
        min(taken_at) as first_seen,
        max(taken_at) as seen_at,
        arg_max(stars, taken_at) as stars,
        arg_max_null(forks, taken_at) as forks,
        arg_max_null(commits, taken_at) as commits,
        arg_max_null(source, taken_at) as source,
        max(taken_at) filter (watchers is not null or open_issues is not null) as details_at
    from day
    where missing is null
    group by repo_id
) as seen
where seen.repo_id = repos.repo_id
