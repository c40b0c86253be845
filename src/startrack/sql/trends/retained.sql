-- Retained stars per week of the repositories that a list has or had; a week is named by its last day, a Saturday.
select repo_id, max(day) as last_day, sum(retained) as retained
from star_days
where repo_id in (select repo_id from entries)
group by repo_id, date_trunc('week', day + interval 1 day)     -- weeks of date_trunc begin on Monday
order by repo_id, last_day
