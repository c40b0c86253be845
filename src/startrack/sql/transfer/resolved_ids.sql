-- The repositories of the counts.
select distinct repo_id
from incoming
where repo_id is not null
