-- What each repository is, as last seen.
select
    repo_id, name, node_id, url, description, language, license, created_at, head_oid, head_committed_on,
    default_branch, is_archived, archived_at, is_fork, is_disabled, is_locked, is_mirror, topics, latest_release,
    latest_release_at, first_seen
from repos
