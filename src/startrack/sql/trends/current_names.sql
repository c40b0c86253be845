-- The name of each repository at its last count.
select repo_id, name
from repos
