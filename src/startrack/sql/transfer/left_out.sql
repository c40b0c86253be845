-- The names whose counts cannot be given to a repository, and how many these are.
select min(repo) as repo, count(*) as counts
from incoming
where repo_id is null
group by lower(repo)
order by lower(repo)
