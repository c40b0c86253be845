-- Deletes some files from the record, before their new state is added.
delete from files where path in (select unnest($paths))
