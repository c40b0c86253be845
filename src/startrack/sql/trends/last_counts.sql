-- The last count of each repository up to $newest, an instant at which something was counted. Nearly all
-- repositories have theirs at that instant. Of the others, those that were not counted later have their last count
-- in `repos`, and nearly all others have one at an instant shortly before, since $near. Only for the few that remain
-- the older counts are read.
with ended as (
    select repo_id, seen_at as taken_at, stars, forks, commits
    from repos
    where seen_at < $newest
),
exact as (
    select repo_id, taken_at, stars, forks, commits
    from counts
    where taken_at = $newest
),
missed as (
    select repo_id
    from repos
    where first_seen < $newest
        and seen_at > $newest
        and repo_id not in (
            -- a second read is faster than a shared intermediate result
            select repo_id from counts where taken_at = $newest
        )
),
near as (
    select repo_id, taken_at, stars, forks, commits
    from counts
    where taken_at >= $near and taken_at < $newest and repo_id in (select repo_id from missed)
),
far as (
    select repo_id, taken_at, stars, forks, commits
    from counts
    where taken_at < $near
        and repo_id in (select repo_id from missed where repo_id not in (select repo_id from near))
),
counted as (
    select * from near union all select * from far
),
lasts as (
    select repo_id, max(taken_at) as taken_at
    from counted
    group by repo_id
)
select repo_id, taken_at, stars, forks, commits from ended
union all
select repo_id, taken_at, stars, forks, commits from exact
union all
select counted.repo_id, counted.taken_at, counted.stars, counted.forks, counted.commits
from counted
join lasts on lasts.repo_id = counted.repo_id and lasts.taken_at = counted.taken_at
