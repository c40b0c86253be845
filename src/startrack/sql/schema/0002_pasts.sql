-- The past as GitHub tells it, beside `star_days`: how each was fetched, and the commits of each day.
create table pasts (
    series varchar not null,        -- history (of stars) or activity (of commits)
    repo_id bigint not null,
    name varchar not null,          -- as it was when last asked for
    etag varchar,
    weeks integer not null,
    complete boolean not null,      -- whether the first week is known
    fetched_at timestamp not null,  -- when the newest weeks were asked for
    current integer,                -- the figure, then, of the week that had not ended
    outcome varchar not null,
    detail varchar
);

create table commit_days (
    repo_id bigint not null,
    day date not null,
    commits integer not null,
    fetched_at timestamp not null
);
