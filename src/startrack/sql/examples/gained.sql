-- What every project gained over 30 days: its last count, less the last one that is 30 to 45 days older.
with latest as (
    select max(taken_at) as as_of
    from counts
),
figures as (
    select
        counts.repo_id,
        max_by(counts.stars, counts.taken_at) as stars,
        max(counts.taken_at) as counted_at,
        max_by(counts.stars, counts.taken_at) filter (where counts.taken_at <= latest.as_of - interval 30 day) as baseline,
        max(counts.taken_at) filter (where counts.taken_at <= latest.as_of - interval 30 day) as baseline_at
    from counts, latest
    where counts.taken_at > latest.as_of - interval 45 day
    group by counts.repo_id
)
select repos.name, figures.stars, figures.stars - figures.baseline as gain, figures.baseline_at
from figures
join repos on repos.repo_id = figures.repo_id
where figures.counted_at > (select as_of - interval 15 day from latest)     -- else the window ended long ago
order by gain desc nulls last, repos.name
