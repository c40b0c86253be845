-- The instant of the last run up to now, whether it counted anything or not; a wrong clock may have dated one later.
select max(taken_at)
from takes
where taken_at <= $now
