-- The names under which each repository was counted, oldest first.
select repo_id, name
from repo_names
where first_seen <= $until
order by repo_id, first_seen, name
