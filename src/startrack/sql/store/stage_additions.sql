-- The days on which repositories were added to lists, to join with retained stars.
create or replace temp table addition (repo_id bigint, day date)
