-- The instants in a span at which anything was counted, the nearest to $target first; of two equally near ones the
-- earlier first.
select taken_at
from takes
where taken_at >= $first and taken_at <= $last and counted > 0
group by taken_at
order by greatest(taken_at, $target) - least(taken_at, $target), taken_at
