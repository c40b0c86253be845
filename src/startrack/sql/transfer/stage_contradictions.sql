-- The counts of one repository at one instant that differ within a source. `first` is the place of the first of them.
create or replace table contradiction as
select
    origin,
    coalesce(repo_id::varchar, lower(repo)) as repository,
    taken_at,
    min(file * 10000000000 + line) as first
from incoming
group by origin, coalesce(repo_id::varchar, lower(repo)), taken_at
having min(stars) <> max(stars) or min(forks) <> max(forks) or min(commits) <> max(commits)
