-- The counts of the files to import, and whose a name was from one instant to another. `origin` is the source that a file
-- is imported under, `source` that of a single count.
create table incoming (
    file integer not null,
    line bigint not null,
    origin varchar not null,
    source varchar not null,
    repo varchar not null,
    repo_id bigint,
    taken_at timestamp not null,
    stars integer not null,
    forks integer,
    commits integer
);
create table holder (
    name varchar not null,      -- in lower case
    repo_id bigint not null,
    since timestamp not null,
    until timestamp not null    -- the first instant after it
);

-- The counts of a Parquet file; `is_sound` is false for rows that are invalid or in another notation. Earliest and
-- latest are microseconds since 1970.
create or replace temp macro parquet_counts(path, earliest, latest) as table (
    with named as (
        select
            null as repo, null as repository, null as date, null as taken_at, null as stars, null as forks,
            null as commits, null as repo_id, null as source, null as file_row_number
        where false
        union all by name
        select * from read_parquet(path, file_row_number = true)
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
        where stars is not null
    )
    select
        *,
        coalesce(
            regexp_full_match(repo, '[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9_.-]+')
            and not ends_with(lower(repo), '.git')
            and microseconds between earliest and latest
            and stars between 0 and 2147483647 and stars = floor(stars)
            and coalesce(forks between 0 and 2147483647 and forks = floor(forks), true)
            and coalesce(commits between 0 and 2147483647 and commits = floor(commits), true)
            and coalesce(repo_id > 0, true),
            false
        ) as is_sound
    from cells
)
