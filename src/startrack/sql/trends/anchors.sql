-- The count that each line of retained stars is anchored to. Where the retained days reach up to the first count,
-- the anchor is that count, less the stars retained after it: stars taken back later do not move it. Otherwise it is
-- the count nearest to the time of the fetch, less the week that had not ended then. A count is placed at the
-- midnight nearest to it.
with days as (
    select
        star_days.repo_id,
        max(star_days.day) >= cast(repos.first_seen + interval 12 hours as date) - 1 as reaches,
        coalesce(
            sum(star_days.retained) filter (where star_days.day >= cast(repos.first_seen + interval 12 hours as date)), 0
        ) as since
    from star_days
    left join repos on repos.repo_id = star_days.repo_id     -- may lack a row if its day files were lost
    group by star_days.repo_id, repos.first_seen
),
firsts as (
    select counts.repo_id, max(counts.stars) as stars
    from counts
    join repos on repos.repo_id = counts.repo_id and repos.first_seen = counts.taken_at
    group by counts.repo_id
),
near as (
    select
        counts.repo_id,
        min_by(
            counts.stars, greatest(counts.taken_at, pasts.fetched_at) - least(counts.taken_at, pasts.fetched_at)
        ) as stars
    from counts
    join pasts on pasts.repo_id = counts.repo_id
    where pasts.series = 'history'
        -- the count before the fetch may have been replaced by a later one of the same day
        and counts.taken_at <= pasts.fetched_at + interval 1 day
        and counts.taken_at > pasts.fetched_at - interval 14 days
    group by counts.repo_id
)
select
    pasts.repo_id,
    pasts.complete,
    case when days.reaches then -days.since else coalesce(pasts.current, 0) end as current,
    case when days.reaches then firsts.stars else near.stars end as stars
from pasts
join days on days.repo_id = pasts.repo_id
left join firsts on firsts.repo_id = pasts.repo_id
left join near on near.repo_id = pasts.repo_id
where pasts.series = 'history'
order by pasts.repo_id
