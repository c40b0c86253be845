-- Reads a month file, whose columns have the right types, as if it were the day files of its periods. Missing columns
-- become null, unknown columns are ignored. DuckDB's times and days have values that no day file can have.
insert into day
select
    repo_id,
    name,
    taken_at,
    stars,
    forks,
    commits,
    open_issues,
    open_prs,
    watchers,
    head,
    committed_on,
    missing,
    $folder || '/' || coalesce(period, '') || '.csv',
    coalesce(regexp_full_match(period, $month || '-[0-9]{2}(T[0-9]{2})?') and isfinite(taken_at), false)
        and coalesce(isfinite(committed_on) and year(committed_on) between 1 and 9999, true),
    null
from (
    select
        null::bigint as repo_id, null::varchar as name, null::timestamp as taken_at,
        null::integer as stars, null::integer as forks, null::integer as commits,
        null::integer as open_issues, null::integer as open_prs, null::integer as watchers,
        null::varchar as head, null::date as committed_on, null::varchar as missing, null::varchar as period
    where false
    union all by name
    select * from read_parquet($path)
)
