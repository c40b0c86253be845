-- The same for their instants, last, since the others look them up here.
delete from takes where path in (select unnest($paths))
