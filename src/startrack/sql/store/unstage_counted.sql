-- Leaves out the imported counts of days on which startrack counted the repository itself.
delete from day
using (
    select distinct repo_id, cast(taken_at as date) as on_day
    from day
    where source is null and missing is null and repo_id in (select repo_id from imported)
) as own
where day.source is not null and day.repo_id = own.repo_id and cast(day.taken_at as date) = own.on_day
