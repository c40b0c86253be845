-- Commits per week of the repositories that a list has or had; a week is named by its first day, a Sunday.
select repo_id, min(day) as start, sum(commits) as commits
from commit_days
where day >= $since and day < $until and repo_id in (select repo_id from entries)
group by repo_id, date_trunc('week', day + interval 1 day)     -- weeks of date_trunc begin on Monday
having count(*) = 7
order by repo_id, start
