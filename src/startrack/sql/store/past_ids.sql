-- The repositories that the index of a series knew when it was last loaded.
select repo_id from pasts where series = $series
