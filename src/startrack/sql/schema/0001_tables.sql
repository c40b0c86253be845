-- The tables of the store. Instants are UTC. `counts` is append-only, in time order, without key or index:
-- an index costs seven times the space and twenty times the append, and every question wants time order.
create table counts (
    repo_id bigint not null,
    taken_at timestamp not null,
    stars integer not null,
    forks integer not null,
    commits integer,        -- null where not known, as in the next three
    open_issues integer,
    open_prs integer,
    watchers integer,
    run_id bigint not null
);

create table repos (
    repo_id bigint not null,
    node_id varchar,
    name varchar not null,
    url varchar,
    description varchar,
    language varchar,
    license varchar,
    topics varchar,         -- a JSON array
    created_at timestamp,
    head_oid varchar,       -- the first eight hex digits
    head_committed_on date,
    default_branch varchar,
    is_archived boolean not null,
    archived_at timestamp,
    is_fork boolean not null,
    is_disabled boolean not null,
    latest_release varchar,
    latest_release_at timestamp,
    state varchar,          -- counted, or the reason why not
    first_seen timestamp,   -- its first count
    seen_at timestamp,      -- its last count, and what that was
    stars integer,
    forks integer,
    commits integer,
    details_at timestamp    -- when its issues, pull requests or watchers were last counted
);

create table repo_names (
    repo_id bigint not null,
    name varchar not null,
    first_seen timestamp not null,
    last_seen timestamp not null
);

create table lists (
    list varchar not null,
    source varchar not null,
    label varchar,
    read_at timestamp not null
);

create table entries (
    list varchar not null,
    repo varchar not null,
    repo_id bigint,
    title varchar not null,
    section varchar not null,   -- a JSON array, outermost heading first
    sections varchar not null,  -- a JSON array of such arrays: every place of mention
    url varchar not null,
    line integer not null,
    added_on date not null,
    removed_on date
);

create table runs (
    run_id bigint not null,     -- the second of its start, counted from 1970
    started_at timestamp not null,
    finished_at timestamp not null,
    status varchar not null,
    asked integer not null,
    counted integer not null,
    missing integer not null,
    requests integer,           -- null, as the next two, where the run was cut off after its day file
    points integer,
    version varchar
);

create table missing (
    run_id bigint not null,
    taken_at timestamp not null,
    repo varchar not null,
    repo_id bigint,
    reason varchar not null,
    detail varchar
);

create table star_days (
    repo_id bigint not null,
    day date not null,
    retained integer not null,
    fetched_at timestamp not null
);

-- Which files of the snapshots folder the tables were loaded from, so that what changed is loaded again.
create table files (
    path varchar not null,
    size bigint not null,
    modified bigint not null    -- nanoseconds since 1970
);

-- Every instant at which counts were taken, so that no question has to look for them in the big table.
create table takes (
    taken_at timestamp not null,
    path varchar not null,
    counted integer not null,
    missing integer not null
);
