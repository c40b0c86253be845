-- The same for what was not counted.
delete from missing where taken_at in (select taken_at from takes where path in (select unnest($paths)))
