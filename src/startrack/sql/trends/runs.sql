-- The latest runs, newest first.
select *
from runs
where started_at <= $until
order by run_id desc
limit $limit
