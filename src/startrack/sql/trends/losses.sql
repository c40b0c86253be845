-- When GitHub stopped showing a project that was counted before, and when it was counted again. `reason` is the
-- reason why it is not shown, `before` the reason until then. A run that failed for one of the other reasons is
-- neither.
with gone as (
    select repo_id, taken_at, reason
    from missing
    where taken_at > $before
        and taken_at <= $until
        and array_contains($reasons, reason)
        and repo_id in (select repo_id from entries)
),
sightings as (
    select repo_id, taken_at, reason from gone
    union all
    select repo_id, taken_at, null
    from counts
    where taken_at > $before
        and taken_at <= $until
        and source is null      -- others may see what GitHub hides from startrack
        and repo_id in (select repo_id from gone)
),
turns as (
    select
        repo_id,
        taken_at,
        reason,
        lag(reason) over (partition by repo_id order by taken_at) as before,
        lag(taken_at) over (partition by repo_id order by taken_at) as since
    from sightings
)
select repo_id, taken_at, reason, before
from turns
where taken_at > $since and since is not null and (reason is null) <> (before is null)
order by repo_id, taken_at
