-- The best fourteen days of each whole history of retained stars, the earliest of equals, where the fourteen after
-- them are known too, and all stars of it. Whole is one whose beginning is known, without a hole since, and that
-- reaches to $since.
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
placed as (
    select
        repo_id, last_day, stars, after,
        row_number() over (partition by repo_id order by stars desc, last_day) as place
    from spans
)
select
    placed.repo_id,
    placed.last_day - 13 as first_day,
    placed.last_day,
    placed.stars,
    placed.after,
    histories.total,
    histories.last_day as until
from placed
join histories on histories.repo_id = placed.repo_id
where placed.place = 1 and placed.last_day <= histories.last_day - 14 and histories.total > 0
order by placed.repo_id
