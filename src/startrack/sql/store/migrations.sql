-- The schema changes that were made.
select number from migrations order by number
