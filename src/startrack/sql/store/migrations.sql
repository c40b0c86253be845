-- The schema changes made so far.
select number from migrations order by number
