-- Appends the repositories that could not be counted.
insert into missing (run_id, taken_at, repo, repo_id, reason)
select epoch(taken_at)::bigint, taken_at, name, repo_id, missing
from day
where missing is not null
order by taken_at, name
