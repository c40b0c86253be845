-- Writes day files as one month file. Columns are encoded as differences rather than by dictionary, because sorted like
-- this most figures are near the one before.
copy (
    select parse_filename(filename, true) as period, * exclude (filename)
    from read_csv(
        $paths,
        auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', nullstr = '',
        columns = $columns, filename = true
    )
    order by repo_id nulls last, case when repo_id is null then lower(name) end, period, name
)
to $target (format parquet, parquet_version v2, dictionary_size_limit 1, compression zstd, compression_level 19)
