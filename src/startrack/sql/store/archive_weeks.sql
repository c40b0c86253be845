-- The weeks of some repositories in a history archive.
select repo_id, week, sun, mon, tue, wed, thu, fri, sat
from read_parquet($path)
where repo_id in (select unnest($ids::bigint[]))
