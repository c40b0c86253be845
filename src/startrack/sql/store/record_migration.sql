-- Records a schema change, in its transaction.
insert into migrations (number, name) values ($number, $name)
