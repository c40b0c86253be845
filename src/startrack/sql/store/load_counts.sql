-- Appends the counts in time order, the order in which every statement reads them.
insert into counts (repo_id, taken_at, stars, forks, commits, open_issues, open_prs, watchers, run_id, source)
select repo_id, taken_at, stars, forks, commits, open_issues, open_prs, watchers, epoch(taken_at)::bigint, source
from day
where missing is null
order by taken_at, repo_id
