-- The files that the tables were loaded from.
select path, size, modified from files
