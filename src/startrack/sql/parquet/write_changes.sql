-- Every change over every window as one file.
copy (select * from changes order by all)
to $path (format parquet, compression zstd)
