-- All lists that were ever read.
select list, source, label, elsewhere
from lists
order by list
