-- The largest gain of each listed repository from one day to the next, where both days were counted. The days begin
-- with the count nearest to $target between $first and $last.
with around as (
    select
        repo_id,
        taken_at,
        row_number() over (
            partition by repo_id order by greatest(taken_at, $target) - least(taken_at, $target), taken_at
        ) as rank
    from counts
    where taken_at >= $first and taken_at <= $last and repo_id in (select repo_id from entries)
),
days as (
    select
        counts.repo_id,
        cast(counts.taken_at as date) as day,
        max(counts.taken_at) as taken_at,
        max_by(counts.stars, counts.taken_at) as stars
    from counts
    join around on around.repo_id = counts.repo_id and around.taken_at <= counts.taken_at
    where around.rank = 1 and counts.taken_at >= $first and counts.taken_at <= $until
    group by counts.repo_id, cast(counts.taken_at as date)
),
steps as (
    select
        repo_id,
        stars - lag(stars) over (partition by repo_id order by day) as gain,
        lag(taken_at) over (partition by repo_id order by day) as before,
        taken_at
    from days
)
select repo_id, max(gain) as gain
from steps
where before >= taken_at - interval 36 hours
group by repo_id
