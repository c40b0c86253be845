-- The repositories that runs could not count: the last reason, the time of the last attempt, and the number of runs.
select repo, max_by(reason, taken_at) as reason, max(taken_at) as last_missed, count(*) as runs
from missing
group by repo
order by last_missed desc, repo
