-- Commits of each week of the repositories that a list names or named, each week by its first day.
select repo_id, min(day) as first_day, sum(commits) as commits
from commit_days
where day >= $since and day < $until and repo_id in (select repo_id from entries)
group by repo_id, date_trunc('week', day + interval 1 day)     -- which begins on Monday, and ours on Sunday
having count(*) = 7
order by repo_id, first_day
