-- The staged rows of the newest day file, where all of them are later than those of all other staged files.
create or replace temp table newest_day as
select *
from day
where path = $path
    and (
        select coalesce(min(taken_at) filter (path = $path) > max(taken_at) filter (path <> $path), true)
        from day
    )
