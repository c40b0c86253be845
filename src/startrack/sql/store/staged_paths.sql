-- The day files whose rows are staged.
select distinct path from day
