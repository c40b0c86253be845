-- Some of the files that the tables were loaded from.
select path, size, modified
from files
where path in (select unnest($paths))
