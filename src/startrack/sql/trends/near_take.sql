-- The third instant with counts before $newest, or the earliest where there are fewer.
select min(taken_at) as taken_at
from (
    select taken_at
    from takes
    where taken_at < $newest and counted > 0
    order by taken_at desc
    limit 3
) as before
