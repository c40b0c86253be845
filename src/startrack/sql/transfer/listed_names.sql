-- The names that lists have or had, in lower case.
select distinct lower(repo) as name
from entries
