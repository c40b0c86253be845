-- What the imported files have of each repository, before the counts of days that startrack counted are left out.
create or replace temp table imported as
select path, source, repo_id, name as repo, min(taken_at) as first_at, max(taken_at) as last_at, count(*) as counts
from day
where source is not null
group by path, source, repo_id, name
