-- Reads the counts of an imported file.
insert into day (repo_id, name, taken_at, stars, forks, commits, path, sound, source)
select repo_id, repo, taken_at, stars, forks, commits, $file, true, source
from read_parquet($path)
