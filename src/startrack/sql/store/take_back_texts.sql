-- Restores the texts that the newest day file changed: rewriting all of them would take most of the time.
update repos set
    name = repos_before.name,
    head_oid = repos_before.head_oid,
    head_committed_on = repos_before.head_committed_on,
    state = repos_before.state
from repos_before
where repos_before.repo_id = repos.repo_id and (
    repos_before.name <> repos.name
    or repos_before.head_oid is distinct from repos.head_oid
    or repos_before.head_committed_on is distinct from repos.head_committed_on
    or repos_before.state is distinct from repos.state
)
