-- The counts of one year as one file, in their order: those of a year that has ended stay as they are.
copy (select * from counts where extract(year from taken_at) = $year)
to $path (format parquet, compression zstd)
