-- The counts of all histories, as rows in the order of the files: sorting so many rows would take memory.
insert into counts
select
    repo,
    repo_id,
    label,
    make_timestamp(unnest(taken_at)),
    unnest(stars),
    unnest(forks),
    unnest(commits)
from (select * from histories order by all)
