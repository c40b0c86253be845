-- Leaves out the counts that contradict each other.
delete from incoming
using contradiction
where contradiction.origin = incoming.origin
    and contradiction.repository = coalesce(incoming.repo_id::varchar, lower(incoming.repo))
    and contradiction.taken_at = incoming.taken_at
