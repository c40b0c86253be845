-- Whether all staged counts are later than the loaded ones, except those of the file $path, which is taken back. A count
-- on a day with imported counts may take the place of one of them.
select coalesce(
    (select min(taken_at) from day) > (
        select max(
            case when starts_with(path, 'imports/') then date_trunc('day', taken_at) + interval 1 day else taken_at end
        )
        from takes
        where path <> $path
    ),
    true
)
