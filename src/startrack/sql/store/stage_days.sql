-- The lines of some day files, side by side; every later step reads them from here.
create or replace temp table day as
select * exclude (filename), substr(filename, $skip) as path
from read_csv(
    $paths,
    auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', nullstr = '', filename = true,
    columns = {
        'repo_id': 'bigint', 'name': 'varchar', 'taken_at': 'timestamp',
        'stars': 'integer', 'forks': 'integer', 'commits': 'integer',
        'open_issues': 'integer', 'open_prs': 'integer', 'watchers': 'integer',
        'head': 'varchar', 'committed_on': 'date', 'missing': 'varchar'
    }
)
