-- Leaves one of several imported counts of a repository at one instant: that of the first file by name.
delete from day
using (
    select repo_id, taken_at, min(path) as path
    from day
    where source is not null
    group by repo_id, taken_at
    having count(*) > 1
) as repeated
where day.source is not null
    and day.repo_id = repeated.repo_id
    and day.taken_at = repeated.taken_at
    and day.path <> repeated.path
