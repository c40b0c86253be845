-- Takes some files out of the record, before they are entered as they are now.
delete from files where path in (select unnest($paths))
