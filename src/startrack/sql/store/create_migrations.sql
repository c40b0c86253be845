-- The record of schema changes.
create table if not exists migrations (
    number integer not null,
    name varchar not null
)
