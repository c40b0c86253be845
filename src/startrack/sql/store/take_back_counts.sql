-- Deletes the counts of the newest day file.
delete from counts where taken_at >= $since
