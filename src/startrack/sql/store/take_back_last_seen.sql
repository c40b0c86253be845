-- Ends the names that the newest day file extended at the count before it.
update repo_names set last_seen = repos_before.named_at
from repos_before
where repos_before.repo_id = repo_names.repo_id and repo_names.last_seen >= $since
