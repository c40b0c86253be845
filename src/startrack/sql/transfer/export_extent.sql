-- How much there is to export.
select count(*) as counts, count(distinct repo_id) as repositories
from counts
