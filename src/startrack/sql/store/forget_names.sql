-- Deletes the names of the repositories whose names are staged.
delete from repo_names
where repo_id in (select repo_id from naming)
