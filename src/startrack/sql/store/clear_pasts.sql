-- Empties one series of a table whose file is read whole.
delete from pasts where series = $series
