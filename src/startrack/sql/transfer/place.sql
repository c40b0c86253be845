-- Where a file has the count of a repository at an instant.
select min(line) as line, min(repo) as repo
from incoming
where file = $file and repo_id = $repo_id and taken_at = $taken_at
