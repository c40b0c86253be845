-- Where the lines of day files are read into; every later step reads them from here. A line is `sound` where DuckDB,
-- which takes `5.7`, `0x10` and `infinity` for figures and instants, would write its cells as they stand.
create or replace temp table day (
    repo_id bigint, name varchar, taken_at timestamp,
    stars integer, forks integer, commits integer,
    open_issues integer, open_prs integer, watchers integer,
    head varchar, committed_on date, missing varchar,
    path varchar, sound boolean
)
