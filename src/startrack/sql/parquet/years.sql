-- The years of the counts.
select distinct extract(year from taken_at)::integer as year
from counts
order by year
