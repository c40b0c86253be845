-- The periods in a month file.
select distinct period
from read_parquet($path)
order by period
