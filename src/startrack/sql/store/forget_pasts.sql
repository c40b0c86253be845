-- Takes some repositories' lines of a series out, before their newer ones are loaded.
delete from pasts where series = $series and repo_id in (select unnest($ids::bigint[]))
