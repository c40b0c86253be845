-- What changes seldom about each repository, from the staged copy of its file.
update repos set
    node_id = fact.node_id, url = fact.url, description = fact.description, language = fact.language,
    license = fact.license, topics = fact.topics, created_at = fact.created_at,
    default_branch = fact.default_branch, is_archived = fact.is_archived, archived_at = fact.archived_at,
    is_fork = fact.is_fork, is_disabled = fact.is_disabled, is_locked = fact.is_locked,
    is_mirror = fact.is_mirror, latest_release = fact.latest_release, latest_release_at = fact.latest_release_at
from fact
where fact.repo_id = repos.repo_id
