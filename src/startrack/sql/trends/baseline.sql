-- The last count of each repository in a span of days; the span's start is not part of it. Nearly all have
-- theirs at $newest, the last instant in it, so the rest of the span is read for the others alone.
with exact as (
    select repo_id, taken_at, stars, forks, commits
    from counts
    where taken_at = $newest
),
left_out as (
    select repo_id
    from repo_names
    where first_seen <= $newest and repo_id not in (select repo_id from exact)
),
earlier as (
    select repo_id, taken_at, stars, forks, commits
    from counts
    where taken_at > $after and taken_at < $newest and repo_id in (select repo_id from left_out)
)
select repo_id, taken_at, stars, forks, commits from exact
union all
select
    repo_id, max(taken_at), max_by(stars, taken_at), max_by(forks, taken_at), max_by(commits, taken_at)
from earlier
group by repo_id
