-- Reads the weeks of the repositories $ids, or of all where it is null, from a history archive. Weeks that are staged
-- already are newer.
insert into week
select $series, repo_id, week, sun, mon, tue, wed, thu, fri, sat, true
from read_parquet($path) as archive
where ($ids::bigint[] is null or repo_id in (select unnest($ids::bigint[])))
    and not exists (
        select 1
        from week
        where week.series = $series and week.repo_id = archive.repo_id and week.week = archive.week
    )
