-- Leaves the older files in the table of staged days.
delete from day where path in (select path from newest_day)
