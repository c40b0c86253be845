-- The number of projects whose change is known over each window, and of those where it is unknown, by reason.
select window_days, coalesce(unknown, 'known') as state, count(*) as projects
from 'data/changes.csv'
group by window_days, state
order by window_days, projects desc, state
