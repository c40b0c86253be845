-- Entries that were added to a list or removed from it. Entries of the first reading were not added. An entry whose
-- link was only changed to a new name of the same repository was neither added nor removed.
with beginnings as (
    select list, min(added_on) as first_read
    from entries
    group by list
)
select entries.list, entries.repo, entries.repo_id, entries.section, entries.added_on as day, true as is_added
from entries
join beginnings on beginnings.list = entries.list
where entries.added_on > beginnings.first_read
    and entries.added_on > $since
    and entries.added_on <= $until
    and not exists (
        select 1
        from entries as earlier
        where earlier.list = entries.list
            and earlier.repo_id = entries.repo_id
            and earlier.added_on < entries.added_on
            and (earlier.removed_on is null or earlier.removed_on >= entries.added_on)
    )
union all
select entries.list, entries.repo, entries.repo_id, entries.section, entries.removed_on as day, false as is_added
from entries
where entries.removed_on > $since
    and entries.removed_on <= $until
    and not exists (
        select 1
        from entries as later
        where later.list = entries.list
            and later.repo_id = entries.repo_id
            and later.repo <> entries.repo
            and later.added_on <= entries.removed_on
            and (later.removed_on is null or later.removed_on > entries.removed_on)
    )
order by list, day, repo
