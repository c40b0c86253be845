-- The days on which lists took repositories in, to be joined to what was retained around them.
create or replace temp table addition (repo_id bigint, day date)
