-- Writes the counts of one file that belong to a known repository. Sorted figures differ little from row to row: without
-- a dictionary these differences are packed, in less space and time than a dictionary takes with the strongest zstd.
copy (
    select
        repo_id,
        min(repo) as repo,
        taken_at,
        max(stars) as stars,
        max(forks) as forks,
        max(commits) as commits,
        min(source) as source
    from incoming
    where file = $file and repo_id is not null
    group by repo_id, taken_at
    order by repo_id, taken_at
)
to $target (format parquet, parquet_version v2, dictionary_size_limit 1, compression zstd, compression_level 9)
