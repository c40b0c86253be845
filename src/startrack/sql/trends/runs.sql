-- The latest runs, newest first.
select run_id, started_at, finished_at, status, asked, counted, missing, requests, points, version
from runs
where started_at <= $until
order by run_id desc
limit $limit
