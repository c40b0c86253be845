-- A row of an imported file that is invalid, or there twice.
select repo_id, taken_at::varchar as taken_at
from read_parquet($path)
group by repo_id, taken_at
having count(*) > 1
    or repo_id is null
    or repo_id < 1
    or not coalesce(isfinite(taken_at) and year(taken_at) between 2008 and 2999, false)
    or count(repo) + count(stars) + count(source) <> 3
    or not coalesce(min(least(stars, forks, commits)) >= 0, false)
order by repo_id, taken_at
limit 1
