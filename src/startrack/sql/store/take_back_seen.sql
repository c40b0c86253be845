-- Restores the first and the last count of the repositories in the newest day file.
update repos set
    first_seen = repos_before.first_seen,
    seen_at = repos_before.seen_at,
    stars = repos_before.stars,
    forks = repos_before.forks,
    commits = repos_before.commits,
    details_at = repos_before.details_at,
    source = repos_before.source
from repos_before
where repos_before.repo_id = repos.repo_id and repos.seen_at >= $since
