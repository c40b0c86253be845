-- The tables behind the downloads, to be filled and written to files.
create table projects (
    repo varchar not null,
    repo_id bigint,             -- GitHub's number, null where it was never counted: two may have had one name
    list varchar,               -- null where no list names it any more, as is the section
    section varchar,
    label varchar,
    stars integer,              -- null where it was never counted, as the next four
    forks integer,
    commits integer,
    counted_at timestamp,
    last_commit_on date,
    created_at timestamp,
    language varchar,
    license varchar,
    is_archived boolean not null,
    missing varchar,
    spike boolean not null,
    acceleration double
);

create table changes (
    repo varchar not null,
    repo_id bigint,
    label varchar,
    window_days integer not null,
    baseline_at timestamp,      -- null where the change is not known, as the next six
    baseline_stars integer,
    current_at timestamp,
    current_stars integer,
    gain integer,
    forks_gain integer,
    commits_gain integer,
    unknown varchar             -- why it is not known
);

create table counts (
    repo varchar not null,
    repo_id bigint not null,
    label varchar,
    taken_at timestamp not null,
    stars integer not null,
    forks integer,
    commits integer
);

-- What fills `counts`: the counts of each repository as lists of the same length, as rows take longer to append.
create table histories (
    repo varchar not null,
    repo_id bigint not null,
    label varchar,
    taken_at bigint[] not null, -- microseconds since 1970, in UTC
    stars integer[] not null,
    forks integer[] not null,
    commits integer[] not null
);
