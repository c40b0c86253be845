-- Reads day files with the same columns. Missing columns become null, unknown columns are ignored. `$names` are the
-- names of the files, which may be read from drafts.
insert into day
select
    repo_id::bigint,
    name,
    taken_at::timestamp,
    stars::integer,
    forks::integer,
    commits::integer,
    open_issues::integer,
    open_prs::integer,
    watchers::integer,
    head,
    committed_on::date,
    missing,
    $names[file_index::bigint + 1],
    $is_ours or coalesce(
        taken_at::varchar like '____-__-__T__:__:__'
        and coalesce(repo_id::bigint::varchar = repo_id, true)
        and coalesce(stars::integer::varchar = stars, true)
        and coalesce(forks::integer::varchar = forks, true)
        and coalesce(commits::integer::varchar = commits, true)
        and coalesce(open_issues::integer::varchar = open_issues, true)
        and coalesce(open_prs::integer::varchar = open_prs, true)
        and coalesce(watchers::integer::varchar = watchers, true)
        and coalesce(committed_on::date::varchar = committed_on, true),
        false
    ),
    null
from (
    select
        null as repo_id, null as name, null as taken_at, null as stars, null as forks, null as commits,
        null as open_issues, null as open_prs, null as watchers, null as head, null as committed_on, null as missing,
        null as file_index
    where false
    union all by name
    select *, file_index
    from read_csv(
        $paths,
        auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', nullstr = '',
        columns = $columns
    )
)
