-- The last instant in a span at which anything was counted; the span's start is not part of it.
select max(taken_at)
from takes
where taken_at > $after and taken_at <= $until and counted > 0
