-- The latest runs, newest first.
select run_id, started_at, finished_at, status, asked, counted, missing, requests, points, version,
    light_requests, details_requests, commits_requests, other_requests, light_batch, details_batch, commits_batch, waited
from runs
where started_at <= $until
order by run_id desc
limit $limit
