-- When the runs first saw each entry in its list, and when they first read the list.
with beginnings as (
    select list, min(added_on) as first_read
    from entries
    group by list
)
select entries.list, entries.repo, entries.repo_id, entries.added_on, beginnings.first_read
from entries
join beginnings on beginnings.list = entries.list
where entries.repo_id is not null
    and entries.added_on <= greatest($day, beginnings.first_read)
    and (entries.removed_on is null or entries.removed_on > $day)
order by entries.list, entries.line, entries.repo
