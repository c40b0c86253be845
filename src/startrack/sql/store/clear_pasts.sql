-- Deletes the index rows of one series, which are replaced as a whole.
delete from pasts where series = $series
