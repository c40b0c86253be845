-- Deletes the index rows of some repositories, before newer ones are loaded.
delete from pasts where series = $series and repo_id in (select unnest($ids::bigint[]))
