-- Adds or updates each repository by its newest row in the staged days, only where something changed: rewriting
-- unchanged text would take most of the time of an append. An imported count gives a repository a name if nothing else
-- does, and no state.
merge into repos as known
using (
    select
        repo_id,
        coalesce(
            arg_max(name, taken_at) filter (missing is null and source is null),
            arg_max(name, taken_at) filter (source is not null),
            arg_max(name, taken_at)
        ) as name,
        count(*) filter (missing is null and source is null) > 0 as counted,
        arg_max(head, taken_at) filter (missing is null) as head_oid,
        arg_max(committed_on, taken_at) filter (missing is null) as head_committed_on,
        arg_max(coalesce(missing, 'counted'), taken_at) filter (source is null) as state
    from day
    where repo_id is not null
    group by repo_id
) as seen
on known.repo_id = seen.repo_id
when matched and (
    (known.name <> seen.name and (seen.counted or known.seen_at is null))
    or known.head_oid is distinct from coalesce(seen.head_oid, known.head_oid)
    or known.head_committed_on is distinct from coalesce(seen.head_committed_on, known.head_committed_on)
    or known.state is distinct from coalesce(seen.state, known.state)
) then update set
    name = case when seen.counted or known.seen_at is null then seen.name else known.name end,
    head_oid = coalesce(seen.head_oid, known.head_oid),
    head_committed_on = coalesce(seen.head_committed_on, known.head_committed_on),
    state = coalesce(seen.state, known.state)
when not matched then insert
    (repo_id, name, head_oid, head_committed_on, state, is_archived, is_fork, is_disabled)
    values (seen.repo_id, seen.name, seen.head_oid, seen.head_committed_on, seen.state, false, false, false)
