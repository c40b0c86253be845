-- The repositories in the index of a series when it was last loaded.
select repo_id from pasts where series = $series
