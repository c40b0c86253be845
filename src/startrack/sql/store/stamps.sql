-- The recorded state of some files.
select path, size, modified
from files
where path in (select unnest($paths))
