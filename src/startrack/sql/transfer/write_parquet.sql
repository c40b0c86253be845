-- Writes one table of an export as Parquet.
copy (select * from query_table('export_' || $name)) to $target (format parquet, compression zstd)
