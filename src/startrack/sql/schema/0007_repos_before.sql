-- What `repos` had of the repositories of the newest day file before that was loaded, with nulls where it had none. So
-- a file that a later run of the day changed is loaded alone. Empty where the newest day file cannot be taken back.
create table repos_before (
    repo_id bigint not null,
    name varchar,
    head_oid varchar,
    head_committed_on date,
    state varchar,
    first_seen timestamp,
    seen_at timestamp,
    stars integer,
    forks integer,
    commits integer,
    details_at timestamp
)
