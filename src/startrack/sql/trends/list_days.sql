-- The days on which an entry was added to a list or removed from it; between two of them no list changes.
select added_on as day
from entries
union
select removed_on as day
from entries
where removed_on is not null
order by day
