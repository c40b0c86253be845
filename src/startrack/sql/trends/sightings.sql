-- When the runs first saw each repository of a list there, under whatever name, when they first read the list, and the
-- day that the list's git history tells.
with beginnings as (
    select list, min(added_on) as first_read
    from entries
    group by list
)
select
    entries.list, entries.repo_id, min(entries.added_on) as added_on, beginnings.first_read,
    min(entries.listed_on) as listed_on
from entries
join beginnings on beginnings.list = entries.list
where entries.repo_id is not null and entries.added_on <= greatest($day, beginnings.first_read)
group by entries.list, entries.repo_id, beginnings.first_read
having bool_or(entries.removed_on is null or entries.removed_on > $day)
order by entries.list, entries.repo_id
