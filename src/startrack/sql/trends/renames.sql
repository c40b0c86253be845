-- When each repository of the lists was first seen under a new name, and the name before it.
with named as (
    select
        repo_id,
        first_seen,
        name,
        lag(name) over (partition by repo_id order by first_seen, name) as before
    from repo_names
    where first_seen <= $until and repo_id in (select repo_id from entries)
)
select repo_id, first_seen, before, name
from named
where first_seen > $since and before is not null
order by repo_id, first_seen
