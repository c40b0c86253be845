-- Adds the staged names.
insert into repo_names (repo_id, name, first_seen, last_seen)
select repo_id, name, first_seen, last_seen
from naming
