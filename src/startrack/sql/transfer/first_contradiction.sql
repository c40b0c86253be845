-- The counts of the first contradiction, in the order of the files.
select incoming.file, incoming.line, incoming.repo, incoming.taken_at, incoming.stars, incoming.forks, incoming.commits
from incoming
join contradiction
    on contradiction.origin = incoming.origin
    and contradiction.repository = coalesce(incoming.repo_id::varchar, lower(incoming.repo))
    and contradiction.taken_at = incoming.taken_at
where contradiction.first = (select min(first) from contradiction)
order by incoming.file, incoming.line
