-- The momentum of every section over 30 days, and the number of projects for which the change is known.
select
    projects.list,
    projects.section,
    sum(changes.gain) as gain,
    100.0 * sum(changes.gain) / sum(changes.baseline_stars) as percent,
    count(changes.gain) as known,
    count(*) as listed
from 'data/projects.parquet' as projects
join 'data/changes.parquet' as changes
    on changes.repo = projects.repo
    and changes.repo_id is not distinct from projects.repo_id   -- two projects may have had the same name
where changes.window_days = 30
group by projects.list, projects.section
order by percent desc nulls last, projects.list, projects.section
