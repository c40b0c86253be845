-- The count of each repository that is nearest to $target, between $first and $last; of two equally near ones the
-- earlier. Nearly all repositories have theirs at $nearest, the nearest instant at which anything was counted. Of the
-- others, those that were not counted later have their last count in `repos`, and nearly all others have one at the
-- next nearest instants, from $near_first to $near_last. Only for the few that remain the whole span is read.
with ended as (
    select repo_id, seen_at as taken_at, stars, forks, commits
    from repos
    where seen_at >= $first and seen_at < $nearest
),
exact as (
    select repo_id, taken_at, stars, forks, commits
    from counts
    where taken_at = $nearest
),
missed as (
    select repo_id
    from repos
    where first_seen <= $last
        and seen_at > $nearest
        and repo_id not in (
            -- a second read is faster than a shared intermediate result
            select repo_id from counts where taken_at = $nearest
        )
),
near as (
    select repo_id, taken_at, stars, forks, commits
    from counts
    where taken_at >= $near_first and taken_at <= $near_last and repo_id in (select repo_id from missed)
),
far as (
    select repo_id, taken_at, stars, forks, commits
    from counts
    where taken_at >= $first
        and taken_at <= $last
        and repo_id in (select repo_id from missed where repo_id not in (select repo_id from near))
),
counted as (
    select * from near union all select * from far
),
-- The last count before $target and the first one after it; a window function would double the time.
sides as (
    select
        repo_id,
        max(taken_at) filter (where taken_at <= $target) as before,
        min(taken_at) filter (where taken_at > $target) as after
    from counted
    group by repo_id
),
others as (
    select counted.repo_id, counted.taken_at, counted.stars, counted.forks, counted.commits
    from counted
    join sides on sides.repo_id = counted.repo_id
    where counted.taken_at = case
        when sides.before is null or sides.after - $target < $target - sides.before then sides.after
        else sides.before
    end
)
select repo_id, taken_at, stars, forks, commits from ended
union all
select repo_id, taken_at, stars, forks, commits from exact
union all
select repo_id, taken_at, stars, forks, commits from others
