-- Leaves one of several imported counts of a repository at one instant: that of the first file by name. What is there
-- twice is found by numbers alone, which takes less memory than the names of files for every count.
delete from day
using (
    select day.repo_id, day.taken_at, min(day.path) as path
    from day
    semi join (
        select repo_id, taken_at
        from day
        where source is not null
        group by repo_id, taken_at
        having count(*) > 1
    ) as twice
        on twice.repo_id = day.repo_id and twice.taken_at = day.taken_at
    where day.source is not null
    group by day.repo_id, day.taken_at
) as repeated
where day.source is not null
    and day.repo_id = repeated.repo_id
    and day.taken_at = repeated.taken_at
    and day.path <> repeated.path
