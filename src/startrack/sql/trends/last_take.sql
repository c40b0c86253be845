-- The last instant up to $until at which anything was counted.
select max(taken_at) as taken_at
from takes
where taken_at <= $until and counted > 0
