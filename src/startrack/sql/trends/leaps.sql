-- The most stars that each repository gained from one count to the next, where these lie within a day and a half.
with steps as (
    select
        repo_id,
        stars - lag(stars) over (partition by repo_id order by taken_at) as gain,
        lag(taken_at) over (partition by repo_id order by taken_at) as before,
        taken_at
    from counts
    where taken_at >= $since and taken_at <= $until
)
select repo_id, max(gain)
from steps
where before >= taken_at - interval 36 hours
group by repo_id
