-- A run that was killed between its day file and its record: what the day file tells of it.
insert into runs (run_id, started_at, finished_at, status, asked, counted, missing)
select epoch(taken_at)::bigint, taken_at, taken_at, 'recovered', sum(counted + missing), sum(counted), sum(missing)
from takes
where epoch(taken_at)::bigint not in (select run_id from runs)
group by taken_at
order by taken_at
