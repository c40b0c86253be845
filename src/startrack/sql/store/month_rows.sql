-- The rows of one period in a month file, every cell as the text that a day file has.
select columns(*)::varchar
from read_parquet($path)
where period = $period
