-- Reads the counts of a Parquet file, except rows without stars and those that must be read cell by cell; see
-- `unsound_parquet`. $earliest and $latest are microseconds since 1970.
insert into incoming
with named as (
    select
        null as repo, null as repository, null as date, null as taken_at, null as stars, null as forks, null as commits,
        null as repo_id, null as source, null as file_row_number
    where false
    union all by name
    select * from read_parquet($path, file_row_number = true)
),
cells as (
    select
        file_row_number + 1 as line,
        coalesce(repo, repository) as repo,
        epoch_us(coalesce(date, taken_at)) as microseconds,
        stars,
        forks,
        commits,
        repo_id,
        source::varchar as source
    from named
)
select
    $file, line, $origin, coalesce(source, $origin), repo, repo_id, make_timestamp(microseconds), stars, forks, commits
from cells
where stars is not null
    and coalesce(
        regexp_full_match(repo, '[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9_.-]+')
        and not ends_with(lower(repo), '.git')
        and microseconds between $earliest and $latest
        and stars between 0 and 2147483647 and stars = floor(stars)
        and coalesce(forks between 0 and 2147483647 and forks = floor(forks), true)
        and coalesce(commits between 0 and 2147483647 and commits = floor(commits), true)
        and coalesce(repo_id > 0, true),
        false
    )
