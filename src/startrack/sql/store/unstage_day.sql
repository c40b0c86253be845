-- Removes the rows of one day file from the table of staged days.
delete from day where path = $path
