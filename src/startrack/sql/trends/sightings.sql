-- When each repository of a list was first seen in it by a run, under any name; when the list was first read; and the
-- day from the git history of the list.
with beginnings as (
    select list, min(added_on) as first_read
    from entries
    group by list
)
select
    entries.list, entries.repo_id, min(entries.added_on) as added_on, beginnings.first_read as list_read_on,
    min(entries.listed_on) as listed_on
from entries
join beginnings on beginnings.list = entries.list
where entries.repo_id is not null and entries.added_on <= greatest($day, beginnings.first_read)
group by entries.list, entries.repo_id, beginnings.first_read
having bool_or(entries.removed_on is null or entries.removed_on > $day)
order by entries.list, entries.repo_id
