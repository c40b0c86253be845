-- Keeps what `repos` has of the repositories in the staged day, before that is loaded.
insert into repos_before
    (repo_id, name, head_oid, head_committed_on, state, first_seen, seen_at, stars, forks, commits, details_at)
select day.repo_id, name, head_oid, head_committed_on, state, first_seen, seen_at, stars, forks, commits, details_at
from (select repo_id from day where repo_id is not null) as day
left join repos on repos.repo_id = day.repo_id
