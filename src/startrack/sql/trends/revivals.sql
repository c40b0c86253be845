-- Counts whose commit total is higher than before, after at least 180 days in which it did not change. Such a
-- dormant period covers the days from $quiet to $since, so that only repositories without a change in these days are
-- read back to $before. Imported totals may be counted in another way.
with dormant as (
    select repo_id
    from counts
    where taken_at > $quiet
        and taken_at <= $until
        and commits is not null
        and source is null
        and repo_id in (select repo_id from entries)
    group by repo_id
    having min(commits) filter (where taken_at <= $since) = max(commits) filter (where taken_at <= $since)
        and max(commits) filter (where taken_at > $since) > max(commits) filter (where taken_at <= $since)
),
totals as (
    select
        repo_id,
        taken_at,
        commits,
        lag(commits) over (partition by repo_id order by taken_at) as before,
        lag(taken_at) over (partition by repo_id order by taken_at) as quiet_until
    from counts
    where taken_at > $before
        and taken_at <= $until
        and commits is not null
        and source is null
        and repo_id in (select repo_id from dormant)
),
-- The counts at which the total changed, and the first count: each begins a period with one total.
changes as (
    select
        repo_id,
        taken_at,
        commits,
        before,
        quiet_until,
        lag(taken_at) over (partition by repo_id order by taken_at) as quiet_since
    from totals
    where before is null or commits <> before
)
select changes.repo_id, changes.taken_at, changes.quiet_since, changes.quiet_until
from changes
join repos on repos.repo_id = changes.repo_id
where changes.taken_at > $since
    and changes.commits > changes.before
    and changes.quiet_until >= changes.quiet_since + interval 180 days   -- DORMANT_AFTER
    -- after a change of the default branch the total differs too, but the head is old
    and repos.head_committed_on >= cast(changes.quiet_until as date)
order by changes.repo_id, changes.taken_at
