-- Takes the counts of some files out again, before their newer versions are loaded.
delete from counts where taken_at in (select taken_at from takes where path in (select unnest($paths)))
