-- Where the lines of files of weeks are read into; a line is `sound` where DuckDB would write its cells as they stand.
create or replace temp table week (
    series varchar, repo_id bigint, week date,
    sun integer, mon integer, tue integer, wed integer, thu integer, fri integer, sat integer,
    sound boolean
)
