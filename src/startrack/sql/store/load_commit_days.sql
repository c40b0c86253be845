-- Commits per day. Only of repositories in the index, which is written last: other files are unfinished.
insert into commit_days (repo_id, day, commits, fetched_at)
select week.repo_id, week.week + place::integer, [sun, mon, tue, wed, thu, fri, sat][place + 1], pasts.fetched_at
from week
join pasts on pasts.repo_id = week.repo_id and pasts.series = 'activity'
cross join range(7) as places (place)
where week.series = 'activity'
order by week.repo_id, week.week, place
