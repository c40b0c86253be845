-- Retained stars of each week of the repositories that a list names or named, each week by its last day.
select repo_id, max(day) as last_day, sum(retained) as retained
from star_days
where repo_id in (select repo_id from entries)
group by repo_id, date_trunc('week', day + interval 1 day)     -- which begins on Monday, and ours on Sunday
order by repo_id, last_day
