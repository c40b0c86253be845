-- Whether all staged counts are later than the loaded ones, except those of the file $path, which is taken back.
select coalesce(
    (select min(taken_at) from (select taken_at from day union all select taken_at from newest_day))
        > (select max(taken_at) from takes where path <> $path),
    true
)
