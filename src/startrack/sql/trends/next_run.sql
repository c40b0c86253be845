-- The instant of the first run after $after, whether or not it counted anything.
select min(taken_at) as taken_at
from takes
where taken_at > $after
