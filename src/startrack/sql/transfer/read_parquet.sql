-- Reads the counts of a Parquet file, except those that must be read cell by cell; see `unsound_parquet`.
insert into incoming
select
    $file, line, $origin, coalesce(source, $origin), repo, repo_id, make_timestamp(microseconds), stars, forks, commits
from parquet_counts($path, $earliest, $latest)
where is_sound
