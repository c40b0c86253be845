-- Deletes the failures to count of the newest day file.
delete from missing where taken_at >= $since
