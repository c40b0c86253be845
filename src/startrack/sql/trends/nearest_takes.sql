-- The instants in a span at which anything was counted, those nearest to $target first, of two equally near the earlier.
select taken_at
from takes
where taken_at >= $first and taken_at <= $last and counted > 0
group by taken_at
order by greatest(taken_at, $target) - least(taken_at, $target), taken_at
