-- The instant of the last run up to $now, whether or not it counted anything. A wrong clock may have dated a run later.
select max(taken_at) as taken_at
from takes
where taken_at <= $now
