-- The best fourteen days of each repository that was counted since its creation: whose first count is no more than
-- fourteen days later, and which began with no stars. A gain over fourteen days is known where both ends were
-- counted, or where the start lies before the creation. The gain over the next fourteen days must be known too.
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
ranked as (
    select
        repo_id, last_day, stars, after,
        row_number() over (partition by repo_id order by stars desc, last_day) as rank
    from spans
    where stars is not null
)
select
    ranked.repo_id, ranked.last_day - 13 as first, ranked.last_day as last, ranked.stars, ranked.after, totals.total,
    totals.last_day as until, false as retained
from ranked
join totals on totals.repo_id = ranked.repo_id
where ranked.rank = 1 and ranked.after is not null and totals.total > 0
order by ranked.repo_id
