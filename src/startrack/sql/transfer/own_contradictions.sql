-- A count in a file that contradicts the count that startrack took of the same repository at the same instant.
select incoming.repo_id, incoming.taken_at, incoming.stars, incoming.forks, counts.stars as own_stars, counts.forks as own_forks
from read_parquet($path) as incoming
join counts on counts.repo_id = incoming.repo_id and counts.taken_at = incoming.taken_at
where counts.source is null and (counts.stars <> incoming.stars or counts.forks <> incoming.forks)
order by incoming.repo_id, incoming.taken_at
limit 1
