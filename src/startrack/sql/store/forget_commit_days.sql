-- Deletes the days of repositories whose newer files are staged.
delete from commit_days where repo_id in (select unnest($ids::bigint[]))
