-- When each repository was counted first.
select repo_id, min(first_seen)
from repo_names
group by repo_id
