-- Deletes the names that began in the newest day file.
delete from repo_names where first_seen >= $since
