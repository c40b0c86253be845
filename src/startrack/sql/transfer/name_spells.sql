-- When each name belonged to which repository: by the counts of runs, else by what was imported before. A repository
-- has no star before it was created. A name is certain if GitHub showed the repository under it.
select
    named.name,
    named.repo_id,
    named.first_seen,
    named.last_seen,
    repos.created_at,
    named.is_counted or coalesce(lower(repos.name) = named.name, false) as is_certain
from (
    select
        lower(name) as name, repo_id, min(first_seen) as first_seen, max(last_seen) as last_seen,
        bool_or(is_counted) as is_counted
    from (
        select name, repo_id, first_seen, last_seen, true as is_counted from repo_names
        union all
        select repo, repo_id, first_at, last_at, false from imports
    ) as names
    group by lower(name), repo_id
) as named
left join repos on repos.repo_id = named.repo_id
order by named.name, named.first_seen, named.repo_id
