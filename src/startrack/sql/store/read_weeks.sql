-- Reads files of weeks with the same columns; `$ids` are the repositories of the files.
insert into week
select
    $series,
    $ids[file_index::bigint + 1],
    week::date,
    sun::integer, mon::integer, tue::integer, wed::integer, thu::integer, fri::integer, sat::integer,
    $is_ours or coalesce(
        week::date::varchar = week
        and sun::integer::varchar = sun
        and mon::integer::varchar = mon
        and tue::integer::varchar = tue
        and wed::integer::varchar = wed
        and thu::integer::varchar = thu
        and fri::integer::varchar = fri
        and sat::integer::varchar = sat,
        false
    )
from read_csv(
    $paths,
    auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', nullstr = '',
    columns = $columns
)
