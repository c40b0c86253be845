-- Deletes the instants of the newest day file.
delete from takes where taken_at >= $since
