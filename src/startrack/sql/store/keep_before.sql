-- Keeps what `repos` has of the repositories in the staged day, before that is loaded.
insert into repos_before
    (repo_id, name, head_oid, head_committed_on, state, first_seen, seen_at, stars, forks, commits, details_at, source,
    named_at)
select
    day.repo_id, name, head_oid, head_committed_on, state, first_seen, seen_at, stars, forks, commits, details_at, source,
    named_at
from (select repo_id from day where repo_id is not null) as day
left join repos on repos.repo_id = day.repo_id
left join (select repo_id, max(last_seen) as named_at from repo_names group by repo_id) as named
    on named.repo_id = day.repo_id
