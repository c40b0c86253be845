-- What was counted, in time order, which is the order every question reads in.
insert into counts (repo_id, taken_at, stars, forks, commits, open_issues, open_prs, watchers, run_id)
select repo_id, taken_at, stars, forks, commits, open_issues, open_prs, watchers, epoch(taken_at)::bigint
from day
where missing is null
order by taken_at, repo_id
