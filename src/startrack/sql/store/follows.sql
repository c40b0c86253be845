-- Whether all staged counts are later than the loaded ones, except those of the file $path, which is taken back.
select coalesce((select min(taken_at) from day) > (select max(taken_at) from takes where path <> $path), true)
