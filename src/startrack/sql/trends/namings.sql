-- The names of the repositories that a list has or had, each with the instant of its first count under that name.
select repo_id, name, first_seen
from repo_names
where first_seen <= $until and repo_id in (select repo_id from entries)
order by repo_id, first_seen, name
