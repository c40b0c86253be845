-- The best fourteen days of each complete history of retained stars, the earliest of equal ones, where the next
-- fourteen days are known too. Complete is a history from the first day on, without a gap, that reaches up to $since.
with histories as (
    select star_days.repo_id, sum(star_days.retained) as total, max(star_days.day) as last_day
    from star_days
    join pasts on pasts.repo_id = star_days.repo_id
    where pasts.series = 'history'
        and pasts.complete
        and star_days.day < $until
        and star_days.repo_id in (select repo_id from entries)
    group by star_days.repo_id
    having count(*) = max(star_days.day) - min(star_days.day) + 1 and max(star_days.day) >= $since
),
spans as (
    select
        star_days.repo_id,
        star_days.day as last_day,
        sum(star_days.retained) over (
            partition by star_days.repo_id order by star_days.day rows between 13 preceding and current row
        ) as stars,
        sum(star_days.retained) over (
            partition by star_days.repo_id order by star_days.day rows between 1 following and 14 following
        ) as after
    from star_days
    where star_days.day < $until and star_days.repo_id in (select repo_id from histories)
),
ranked as (
    select
        repo_id, last_day, stars, after,
        row_number() over (partition by repo_id order by stars desc, last_day) as rank
    from spans
)
select
    ranked.repo_id,
    ranked.last_day - 13 as first,
    ranked.last_day as last,
    ranked.stars,
    ranked.after,
    histories.total,
    histories.last_day as until,
    true as retained
from ranked
join histories on histories.repo_id = ranked.repo_id
where ranked.rank = 1 and ranked.last_day <= histories.last_day - 14 and histories.total > 0
order by ranked.repo_id
