-- What earlier runs recorded, by every name a repository ever had: id, head, commit total and last count.
with named as (
    select lower(name) as name, arg_max(repo_id, last_seen) as repo_id
    from repo_names
    group by lower(name)
)
select
    named.name, repos.repo_id, repos.head_oid as head,
    case when repos.source is null then repos.commits end as commits,   -- an imported total is of another head
    repos.seen_at, repos.details_at
from named
join repos on repos.repo_id = named.repo_id
