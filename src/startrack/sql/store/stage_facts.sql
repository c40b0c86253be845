-- Where the file of repositories is read into before it is joined to what the day files say.
create or replace temp table fact (
    repo_id bigint, name varchar, node_id varchar, url varchar, description varchar, language varchar,
    license varchar, topics varchar, created_at timestamp, default_branch varchar, is_archived boolean,
    archived_at timestamp, is_fork boolean, is_disabled boolean, is_locked boolean,
    is_mirror boolean, latest_release varchar,
    latest_release_at timestamp
)
