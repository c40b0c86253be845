-- The repository that a fork was made from, by its name and its id; both are null for one that is no fork, and where they
-- were not asked for yet.
alter table repos add column parent varchar;
alter table repos add column parent_id bigint
