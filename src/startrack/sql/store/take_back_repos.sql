-- Deletes the repositories that the newest day file added.
delete from repos where repo_id in (select repo_id from repos_before where name is null)
