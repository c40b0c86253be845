-- Gives each count the number of the repository that had its name then.
update incoming set repo_id = holder.repo_id
from holder
where incoming.repo_id is null
    and holder.name = lower(incoming.repo)
    and incoming.taken_at >= holder.since
    and incoming.taken_at < holder.until
