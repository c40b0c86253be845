-- Empties a table that is replaced as a whole.
delete from files
