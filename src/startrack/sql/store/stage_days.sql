-- The table that day files are read into. A row is `sound` where DuckDB would write its cells as they are in the file:
-- DuckDB also accepts `5.7`, `0x10` and `infinity`. `source` is null where startrack took the count.
create or replace temp table day (
    repo_id bigint, name varchar, taken_at timestamp,
    stars integer, forks integer, commits integer,
    open_issues integer, open_prs integer, watchers integer,
    head varchar, committed_on date, missing varchar,
    path varchar, sound boolean,
    source varchar
)
