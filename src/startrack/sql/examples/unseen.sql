-- What runs could not count, why, and when last.
select repo, max_by(reason, taken_at) as reason, max(taken_at) as last_missed, count(*) as runs
from missing
group by repo
order by last_missed desc, repo
