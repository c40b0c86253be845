-- The days on which an entry came to a list or left it: between two of them, every list stays as it is.
select added_on as day
from entries
union
select removed_on as day
from entries
where removed_on is not null
order by day
