-- The entries of each list on a day. For a day before a list was first read, the entries of the first reading are
-- returned, as earlier ones are not known.
with beginnings as (
    select list, min(added_on) as first_read
    from entries
    group by list
)
select
    entries.list, entries.repo, entries.repo_id, entries.title, entries.section, entries.sections, entries.url,
    entries.line, entries.mark
from entries
join beginnings on beginnings.list = entries.list
where entries.added_on <= greatest($day, beginnings.first_read)
    and (entries.removed_on is null or entries.removed_on > $day)
order by entries.list, entries.line, entries.repo
