-- Imported counts stand in `counts` beside those that startrack took, with their source; some have no forks. What the
-- imported files have of each repository is in `imports`. The newest day file cannot be taken back after this change.
alter table counts alter column forks drop not null;
alter table counts add column source varchar;           -- null where startrack took the count
alter table repos add column source varchar;            -- that of the last count
alter table repos_before add column source varchar;
alter table repos_before add column named_at timestamp; -- the last count under its last name
delete from repos_before;
create table imports (
    path varchar not null,      -- the file below the snapshots folder
    source varchar not null,
    repo_id bigint not null,
    repo varchar not null,      -- as the imported file spells it
    first_at timestamp not null,
    last_at timestamp not null,
    counts integer not null
)
