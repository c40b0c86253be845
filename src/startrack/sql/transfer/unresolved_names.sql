-- The names in the files that have no number, each in one spelling.
select min(repo) as repo
from incoming
where repo_id is null
group by lower(repo)
order by lower(repo)
