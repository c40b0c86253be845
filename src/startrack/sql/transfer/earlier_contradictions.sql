-- A count in a file that contradicts one of another file of the same source.
select incoming.repo_id, incoming.taken_at, incoming.stars, earlier.stars as earlier_stars, earlier.filename as earlier_file
from read_parquet($path) as incoming
join read_parquet($earlier, filename = true) as earlier
    on earlier.repo_id = incoming.repo_id and earlier.taken_at = incoming.taken_at
where earlier.stars <> incoming.stars or earlier.forks <> incoming.forks or earlier.commits <> incoming.commits
order by incoming.repo_id, incoming.taken_at
limit 1
