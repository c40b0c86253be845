-- Runs that were killed between writing their day file and their record, with the figures of the day file.
insert into runs (run_id, started_at, finished_at, status, asked, counted, missing)
select epoch(taken_at)::bigint, taken_at, taken_at, 'recovered', sum(counted + missing), sum(counted), sum(missing)
from takes
where epoch(taken_at)::bigint not in (select run_id from runs) and not starts_with(path, 'imports/')
group by taken_at
order by taken_at
