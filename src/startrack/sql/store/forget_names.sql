-- Removes the names of the repositories whose names were staged.
delete from repo_names
where repo_id in (select repo_id from naming)
