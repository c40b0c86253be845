-- When each listed repository was first counted under a new name, and the name before that.
with named as (
    select
        repo_id,
        first_seen,
        name as new,
        lag(name) over (partition by repo_id order by first_seen, name) as old
    from repo_names
    where first_seen <= $until and repo_id in (select repo_id from entries)
)
select repo_id, first_seen as taken_at, old, new
from named
where first_seen > $since and old is not null
order by repo_id, taken_at
