-- The files of weeks that must be read line by line.
select series, repo_id
from week
where not sound or week is null or least(sun, mon, tue, wed, thu, fri, sat) < 0
union
select series, repo_id
from week
group by series, repo_id, week
having count(*) > 1
order by series, repo_id
