-- The instant of the last run, whether it counted anything or not.
select max(taken_at)
from takes
