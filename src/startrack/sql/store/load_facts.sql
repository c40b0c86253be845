-- What seldom changes about each repository. The name comes from the day files.
merge into repos
using (select * exclude (name) from fact) as fact
using (repo_id)
when matched then update by name
-- A line of the file was removed: every line has topics, which may be none.
when not matched by source and repos.topics is not null then update set
    node_id = null,
    url = null,
    description = null,
    language = null,
    license = null,
    license_before = null,
    license_changed_at = null,
    topics = null,
    created_at = null,
    default_branch = null,
    is_archived = false,
    archived_at = null,
    is_fork = false,
    is_disabled = false,
    latest_release = null,
    latest_release_at = null,
    is_locked = false,
    is_mirror = false,
    parent = null,
    parent_id = null
