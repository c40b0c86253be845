-- The table that `repositories.csv` is read into. The columns left out come from the day files.
create or replace temp table fact as
select * exclude (head_oid, head_committed_on, state, first_seen, seen_at, stars, forks, commits, details_at, source)
from repos
limit 0
