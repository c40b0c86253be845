-- Every project of every list as one file.
copy (select * from projects order by all)
to $path (format parquet, compression zstd)
