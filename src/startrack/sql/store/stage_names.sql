-- The first and last instant of each name of repositories whose name differs in the staged days, or that are new. A name
-- that a repository has again has two rows. Every row is read only for repositories with several names.
create or replace temp table naming as
with turned as (
    select distinct day.repo_id
    from day
    left join repos on repos.repo_id = day.repo_id
    where day.missing is null
        and day.source is null
        and (day.name is distinct from repos.name or day.repo_id not in (select repo_id from repo_names))
),
seen as (
    select repo_id, name, min(taken_at) as first_seen, max(taken_at) as last_seen
    from day
    where missing is null and source is null and repo_id in (select repo_id from turned)
    group by repo_id, name
    union all
    select repo_id, name, first_seen, last_seen
    from repo_names
    where repo_id in (select repo_id from turned)
),
renamed as (
    select repo_id
    from seen
    group by repo_id
    having count(distinct name) > 1
),
sightings as (
    select repo_id, name, first_seen, last_seen
    from seen
    where repo_id not in (select repo_id from renamed)
    union all
    select repo_id, name, taken_at as first_seen, taken_at as last_seen
    from day
    where missing is null and source is null and repo_id in (select repo_id from renamed)
    union all
    select repo_id, name, first_seen, last_seen
    from repo_names
    where repo_id in (select repo_id from renamed)
),
turns as (
    select
        repo_id, name, first_seen, last_seen,
        name is distinct from lag(name) over (partition by repo_id order by first_seen, last_seen) as is_new
    from sightings
),
spells as (
    select
        repo_id, name, first_seen, last_seen,
        sum(cast(is_new as integer)) over (partition by repo_id order by first_seen, last_seen) as spell
    from turns
)
select repo_id, name, min(first_seen) as first_seen, max(last_seen) as last_seen
from spells
group by repo_id, name, spell
