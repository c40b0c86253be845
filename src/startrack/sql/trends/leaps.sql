-- The most stars that each repository gained from one day to the next; only where both days were counted.
with days as (
    select repo_id, cast(taken_at as date) as day, max(taken_at) as taken_at, max_by(stars, taken_at) as stars
    from counts
    where taken_at >= $since and taken_at <= $until
    group by repo_id, cast(taken_at as date)
),
steps as (
    select
        repo_id,
        stars - lag(stars) over (partition by repo_id order by day) as gain,
        lag(taken_at) over (partition by repo_id order by day) as before,
        taken_at
    from days
)
select repo_id, max(gain)
from steps
where before >= taken_at - interval 36 hours
group by repo_id
