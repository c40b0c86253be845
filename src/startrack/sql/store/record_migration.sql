-- One schema change made, in the transaction that made it.
insert into migrations (number, name) values ($number, $name)
