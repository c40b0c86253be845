-- Extends the time of the current name of each repository that has the same name in the staged days. Imported counts
-- say nothing of names: a file may have the name of another day.
update repo_names set last_seen = seen.last_seen
from (
    select day.repo_id, min(named.until) as until, max(day.taken_at) as last_seen
    from day
    join repos on repos.repo_id = day.repo_id
    join (select repo_id, max(last_seen) as until from repo_names group by repo_id) as named
        on named.repo_id = day.repo_id
    where day.missing is null and day.source is null
    group by day.repo_id
    having bool_and(day.name = repos.name)
) as seen
where seen.repo_id = repo_names.repo_id and repo_names.last_seen = seen.until
