-- The columns of a Parquet file and their types.
select column_name as name, lower(column_type) as type
from (describe from read_parquet($path))
