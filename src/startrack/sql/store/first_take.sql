-- The first instant of a day file.
select min(taken_at) from takes where path = $path
