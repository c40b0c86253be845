-- The count of each repository that is nearest to $target, of those from $first to $last; of two equally near the
-- earlier. At $nearest, the nearest instant at which anything was counted, nearly all have theirs. Of the others,
-- those that were not counted since have their last count at hand, and nearly all that were have one at the few
-- next nearest instants, from $near_first to $near_last: so the days of a long span are read for the few that none
-- of it is true of.
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
            -- read once more: that is quicker than keeping what was read for both
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
others as (
    select repo_id, taken_at, stars, forks, commits,
        row_number() over (
            partition by repo_id order by greatest(taken_at, $target) - least(taken_at, $target), taken_at
        ) as place
    from (select * from near union all select * from far) as counted
)
select repo_id, taken_at, stars, forks, commits from ended
union all
select repo_id, taken_at, stars, forks, commits from exact
union all
select repo_id, taken_at, stars, forks, commits from others where place = 1
