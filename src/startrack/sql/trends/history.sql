-- Every count of the repositories that a list has or had, oldest first.
select repo_id, taken_at, stars, forks, commits
from counts
where taken_at <= $until and repo_id in (select repo_id from entries)
order by repo_id, taken_at
