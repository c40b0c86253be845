-- What a run can go by: the number, head, commit total and last count behind each name that was ever seen.
with named as (
    select lower(name) as name, max_by(repo_id, last_seen) as repo_id
    from repo_names
    group by lower(name)
),
latest as (
    select repo_id, taken_at, commits
    from counts
    where taken_at in (select seen_at from repos)
)
select named.name, repos.repo_id, repos.head_oid, latest.commits, repos.seen_at
from named
join repos on repos.repo_id = named.repo_id
left join latest on latest.repo_id = repos.repo_id and latest.taken_at = repos.seen_at
