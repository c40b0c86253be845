-- The table that files of weeks are read into; a row is `sound` where DuckDB would write its cells as they are.
create or replace temp table week (
    series varchar, repo_id bigint, week date,
    sun integer, mon integer, tue integer, wed integer, thu integer, fri integer, sat integer,
    sound boolean
)
