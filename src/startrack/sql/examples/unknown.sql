-- For how many projects a change is known over each window, and why it is not for the others.
select window_days, coalesce(unknown, 'known') as state, count(*) as projects
from 'data/changes.csv'
group by window_days, state
order by window_days, projects desc, state
