-- Empties a table whose file is read whole.
delete from files
