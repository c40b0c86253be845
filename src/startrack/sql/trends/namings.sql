-- Every name of the repositories that a list names or named, with when it was first counted under it.
select repo_id, name, first_seen
from repo_names
where first_seen <= $until and repo_id in (select repo_id from entries)
order by repo_id, first_seen, name
