-- Each repository with its details and the instant of its first count.
select *
from repos
