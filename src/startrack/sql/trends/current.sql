-- The last count of each repository at or before $until. Nearly all have theirs at $newest, the last instant
-- of all; where the others have theirs is known from their names, unless the report looks back in time.
with exact as (
    select repo_id, taken_at, stars, forks, commits
    from counts
    where taken_at = $newest
),
seen as (
    select repo_id, min(first_seen) as first_seen, max(last_seen) as last_seen
    from repo_names
    group by repo_id
),
left_out as (
    select repo_id, last_seen
    from seen
    where first_seen <= $until and repo_id not in (select repo_id from exact)
),
ended as (
    select repo_id, taken_at, stars, forks, commits
    from counts
    where taken_at in (select last_seen from left_out where last_seen <= $until)
        and repo_id in (select repo_id from left_out where last_seen <= $until)
),
counted_later as (
    select repo_id, taken_at, stars, forks, commits
    from counts
    where taken_at < $newest
        and repo_id in (select repo_id from left_out where last_seen > $until)
),
earlier as (
    select * from ended
    union all
    select * from counted_later
)
select repo_id, taken_at, stars, forks, commits from exact
union all
select
    repo_id, max(taken_at), max_by(stars, taken_at), max_by(forks, taken_at), max_by(commits, taken_at)
from earlier
group by repo_id
