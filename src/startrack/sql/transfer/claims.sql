-- Which repository each name has in files with a column of numbers, and from when to when.
select
    lower(repo) as name, min(repo) as repo, repo_id, min(taken_at) as first_at, max(taken_at) as last_at
from incoming
where repo_id is not null
group by lower(repo), repo_id
order by name, repo_id
