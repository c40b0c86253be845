-- The lists that were read so far.
select list, source, label, read_at
from lists
order by list
