-- Extends the time of the current name of each repository that has the same name in the staged days.
update repo_names set last_seen = seen.last_seen
from (
    select day.repo_id, min(repos.seen_at) as until, max(day.taken_at) as last_seen
    from day
    join repos on repos.repo_id = day.repo_id
    where day.missing is null
    group by day.repo_id
    having bool_and(day.name = repos.name)
) as seen
where seen.repo_id = repo_names.repo_id and repo_names.last_seen = seen.until
