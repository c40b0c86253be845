-- Each repository as it was last counted, without its last count, and the instant of its first count.
select * exclude (state, seen_at, stars, forks, commits, details_at)
from repos
