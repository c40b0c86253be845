-- Writes the staged weeks of a series as its archive. Most figures are among a few, so a dictionary takes little space.
copy (
    select repo_id, week, sun, mon, tue, wed, thu, fri, sat
    from week
    where series = $series
    order by repo_id, week
)
to $target (format parquet, compression zstd, compression_level 19)
