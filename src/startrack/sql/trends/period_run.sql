-- The last run that counted anything on the first day (or hour, by $every) with such a run, from $start to $until. It
-- is the first day's last run, because later runs of a day replace what earlier ones counted.
select max(taken_at) as taken_at
from takes
where counted > 0
    and taken_at <= $until
    and date_trunc($every, taken_at) = (
        select date_trunc($every, min(taken_at))
        from takes
        where counted > 0 and taken_at >= $start and taken_at <= $until
    )
