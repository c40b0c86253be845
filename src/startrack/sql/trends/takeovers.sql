-- Names under which one repository was counted and later another one, with the last name of the earlier one. Where a
-- name changed hands more than once, the last time is returned.
with pairs as (
    select
        later.name, later.repo_id, later.first_seen as since, repos.name as before, earlier.last_seen as until,
        row_number() over (
            partition by later.repo_id, lower(later.name)
            order by later.first_seen desc, earlier.last_seen desc, earlier.repo_id
        ) as rank
    from repo_names as later
    join repo_names as earlier
        on lower(earlier.name) = lower(later.name)
        and earlier.repo_id <> later.repo_id
        and earlier.first_seen < later.first_seen
    join repos on repos.repo_id = earlier.repo_id
    where later.first_seen <= $until
)
select name, repo_id, since, before, until
from pairs
where rank = 1
order by name, repo_id
