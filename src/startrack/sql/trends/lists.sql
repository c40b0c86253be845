-- The lists that were read so far.
select list, source, label, elsewhere
from lists
order by list
