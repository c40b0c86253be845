-- A row of a history archive that is invalid, or there twice.
select repo_id, week::varchar as week
from read_parquet($path)
group by repo_id, week
having count(*) > 1
    or repo_id is null
    or repo_id < 0
    or not coalesce(isfinite(week) and year(week) between 1 and 9999, false)
    or not coalesce(min(least(sun, mon, tue, wed, thu, fri, sat)) >= 0, false)
    or count(sun) + count(mon) + count(tue) + count(wed) + count(thu) + count(fri) + count(sat) <> 7
order by repo_id, week
limit 1
