-- Adds what the imported files have of each repository.
insert into imports (path, source, repo_id, repo, first_at, last_at, counts)
select path, source, repo_id, repo, first_at, last_at, counts
from imported
order by path, repo_id, repo
