-- Stars counted and stars retained between the first and the last count within the retained days. A count is placed
-- at the midnight nearest to it. `days` is the number of retained days between the two.
with covered as (
    select repo_id, min(day) as first_day, max(day) as last_day
    from star_days
    where day < $until
    group by repo_id
),
spans as (
    select
        counts.repo_id,
        cast(min(taken_at) + interval 12 hours as date) as since,
        cast(max(taken_at) + interval 12 hours as date) as until,
        max_by(stars, taken_at) - min_by(stars, taken_at) as gained
    from counts
    join covered on covered.repo_id = counts.repo_id
    where counts.repo_id in (select repo_id from entries)
        and counts.source is null   -- most imported counts have no time of day
        and counts.taken_at >= covered.first_day - interval 12 hours
        and counts.taken_at < covered.last_day + interval 36 hours
    group by counts.repo_id
)
select spans.repo_id, spans.since, spans.until, spans.gained, sum(star_days.retained) as retained, count(*) as days
from spans
join star_days
    on star_days.repo_id = spans.repo_id and star_days.day >= spans.since and star_days.day < spans.until
group by spans.repo_id, spans.since, spans.until, spans.gained
order by spans.repo_id
