-- The first count that a file gives to a repository under a name within a time.
select file, line, taken_at
from incoming
where lower(repo) = $name and repo_id = $repo_id and taken_at >= $since and taken_at < $until
order by file, line
limit 1
