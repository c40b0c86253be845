-- Counts at or above a milestone that no count of the ninety days before had reached; where one count passes several
-- milestones, the highest. An imported count may have reached one before, but is no event of its own. $before lies
-- ninety days before $since. Only the few repositories with a milestone between their lowest and highest count are read
-- count by count.
with milestones as (
    select stars
    from (
        values (100), (250), (500), (1000), (2500), (5000), (10000), (25000), (50000), (100000), (250000), (500000),
            (1000000)
    ) as known (stars)
),
reaches as (
    select repo_id, min(stars) as lowest, max(stars) as highest
    from counts
    where taken_at > $before and taken_at <= $until and repo_id in (select repo_id from entries)
    group by repo_id
),
candidates as (
    select distinct reaches.repo_id
    from reaches
    join milestones on milestones.stars > reaches.lowest and milestones.stars <= reaches.highest
),
steps as (
    select
        repo_id,
        taken_at,
        stars,
        source,
        lag(stars) over (partition by repo_id order by taken_at) as before,
        lag(taken_at) over (partition by repo_id order by taken_at) as since,
        max(stars) over (
            partition by repo_id
            order by taken_at
            range between interval 90 days preceding and interval 1 second preceding
        ) as peak
    from counts
    where taken_at > $before and taken_at <= $until and repo_id in (select repo_id from candidates)
)
select steps.repo_id, steps.taken_at, max(milestones.stars) as milestone, steps.stars, steps.before, steps.since
from steps
join milestones on milestones.stars > steps.peak and milestones.stars <= steps.stars
where steps.taken_at > $since and steps.source is null
group by steps.repo_id, steps.taken_at, steps.stars, steps.before, steps.since
order by steps.repo_id, steps.taken_at
