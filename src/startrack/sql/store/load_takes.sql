-- The instants of these files, each with what it brought.
insert into takes (taken_at, path, counted, missing)
select taken_at, path, count(*) filter (missing is null), count(missing)
from day
group by taken_at, path
order by taken_at
