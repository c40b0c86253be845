-- Stars gained by every project in 30 days: its last count minus its count nearest to the start of the 30 days, at
-- most seven days off, and the days between the two. The 30 days end at the last count of all projects.
with latest as (
    select max(taken_at) as as_of, max(taken_at) - interval 30 day as start
    from counts
),
lasts as (
    select repo_id, max(taken_at) as taken_at, max_by(stars, taken_at) as stars
    from counts
    group by repo_id
),
around as (
    select
        counts.repo_id,
        counts.taken_at,
        counts.stars,
        row_number() over (
            partition by counts.repo_id
            order by greatest(counts.taken_at, latest.start) - least(counts.taken_at, latest.start), counts.taken_at
        ) as place
    from counts, latest
    where counts.taken_at >= latest.start - interval 7 day and counts.taken_at <= latest.start + interval 7 day
)
select
    repos.name,
    lasts.stars,
    lasts.stars - around.stars as gain,
    around.taken_at as baseline_at,
    epoch(lasts.taken_at - around.taken_at) / 86400 as days
from lasts
join repos on repos.repo_id = lasts.repo_id
left join around on around.repo_id = lasts.repo_id and around.place = 1 and around.taken_at < lasts.taken_at
order by gain desc nulls last, repos.name
