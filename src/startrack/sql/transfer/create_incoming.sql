-- The counts of the files to import, and whose a name was from one instant to another. `origin` is the source that a file
-- is imported under, `source` that of a single count.
create table incoming (
    file integer not null,
    line bigint not null,
    origin varchar not null,
    source varchar not null,
    repo varchar not null,
    repo_id bigint,
    taken_at timestamp not null,
    stars integer not null,
    forks integer,
    commits integer
);
create table holder (
    name varchar not null,      -- in lower case
    repo_id bigint not null,
    since timestamp not null,
    until timestamp not null    -- the first instant after it
)
