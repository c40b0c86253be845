-- The rows of a Parquet file that are invalid or in another notation, each cell as text; see `read_parquet`.
select
    line,
    coalesce(repo, '') as repo,
    coalesce(strftime(make_timestamp(microseconds), '%Y-%m-%dT%H:%M:%S'), '') as taken_at,
    stars::varchar as stars,
    coalesce(forks::varchar, '') as forks,
    coalesce(commits::varchar, '') as commits,
    coalesce(repo_id::varchar, '') as repo_id,
    coalesce(source, '') as source
from parquet_counts($path, $earliest, $latest)
where not is_sound
order by line
