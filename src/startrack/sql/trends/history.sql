-- Every count of the repositories that a list has or had, oldest first. An entry that no run has counted belongs to the
-- repository that has its name: that may have imported counts.
select repo_id, taken_at, stars, forks, commits
from counts
where taken_at <= $until
    and repo_id in (
        select repo_id from entries
        union all
        select repo_id from repos where lower(name) in (select lower(repo) from entries where repo_id is null)
    )
order by repo_id, taken_at
