-- The lines of some files of weeks, side by side; the file's name is the repository's number.
create or replace temp table week as
select regexp_extract(filename, '(\d+)\.csv$', 1)::bigint as repo_id, * exclude (filename)
from read_csv(
    $paths,
    auto_detect = false, header = true, delim = ',', nullstr = '', filename = true,
    columns = {
        'week': 'date', 'sun': 'integer', 'mon': 'integer', 'tue': 'integer', 'wed': 'integer',
        'thu': 'integer', 'fri': 'integer', 'sat': 'integer'
    }
)
