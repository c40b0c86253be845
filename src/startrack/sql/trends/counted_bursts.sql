-- The best fourteen days of each repository that was counted from its creation on: first within fourteen days of it,
-- when it began at no star. Fourteen days are known where the days at both their ends were counted, or the first of
-- them lies before the creation; so must be the fourteen that follow.
with days as (
    select
        counts.repo_id,
        cast(repos.created_at as date) as born,
        cast(counts.taken_at as date) as day,
        max_by(counts.stars, counts.taken_at) as stars
    from counts
    join repos on repos.repo_id = counts.repo_id
    where counts.taken_at <= $until
        and repos.first_seen <= repos.created_at + interval 14 day
        and counts.repo_id in (select repo_id from entries)
    group by counts.repo_id, cast(repos.created_at as date), cast(counts.taken_at as date)
),
totals as (
    select repo_id, max_by(stars, day) as total, max(day) as last_day
    from days
    group by repo_id
),
spans as (
    select
        days.repo_id,
        days.day as last_day,
        days.stars - coalesce(before.stars, case when days.day - 14 < days.born then 0 end) as stars,
        later.stars - days.stars as after
    from days
    left join days as before on before.repo_id = days.repo_id and before.day = days.day - 14
    left join days as later on later.repo_id = days.repo_id and later.day = days.day + 14
),
placed as (
    select
        repo_id, last_day, stars, after,
        row_number() over (partition by repo_id order by stars desc, last_day) as place
    from spans
    where stars is not null
)
select
    placed.repo_id, placed.last_day - 13 as first_day, placed.last_day, placed.stars, placed.after, totals.total,
    totals.last_day as until
from placed
join totals on totals.repo_id = placed.repo_id
where placed.place = 1 and placed.after is not null and totals.total > 0
order by placed.repo_id
