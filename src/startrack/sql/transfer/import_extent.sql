-- What a file brings: its counts, those on days that startrack counted the repository itself, and its days.
with own as (
    select distinct counts.repo_id, cast(counts.taken_at as date) as day
    from counts
    where counts.source is null
        and counts.repo_id in (select repo_id from read_parquet($path))
        and counts.taken_at >= (select cast(min(taken_at) as date) from read_parquet($path))
        and counts.taken_at < (select cast(max(taken_at) as date) + 1 from read_parquet($path))
)
select
    count(*) as counts,
    count(own.repo_id) as covered,
    count(distinct incoming.repo_id) as repositories,
    min(incoming.taken_at) as first_at,
    max(incoming.taken_at) as last_at
from read_parquet($path) as incoming
left join own on own.repo_id = incoming.repo_id and own.day = cast(incoming.taken_at as date)
