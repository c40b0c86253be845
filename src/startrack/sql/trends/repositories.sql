-- Each repository with its details and the instant of its first count; with $is_listed, those that a list has or had.
-- An entry that was never counted belongs to the repository that has its name.
select *
from repos
where not $is_listed
    or repo_id in (select repo_id from entries)
    or lower(name) in (select lower(repo) from entries)
