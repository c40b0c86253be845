-- Under which names each repository was seen, and when.
merge into repo_names as known
using (
    select repo_id, name, min(taken_at) as first_seen, max(taken_at) as last_seen
    from day
    where missing is null
    group by repo_id, name
) as seen
on known.repo_id = seen.repo_id and known.name = seen.name
when matched then update set
    first_seen = least(known.first_seen, seen.first_seen),
    last_seen = greatest(known.last_seen, seen.last_seen)
when not matched then insert (repo_id, name, first_seen, last_seen)
    values (seen.repo_id, seen.name, seen.first_seen, seen.last_seen)
