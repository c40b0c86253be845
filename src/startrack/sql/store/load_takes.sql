-- The instants of the staged days, each with the numbers of counted and missing repositories.
insert into takes (taken_at, path, counted, missing)
select taken_at, path, count(*) filter (missing is null), count(missing)
from day
group by taken_at, path
order by taken_at
