-- The record of schema changes; must exist before it can be asked which are done.
create table if not exists migrations (
    number integer not null,
    name varchar not null
)
