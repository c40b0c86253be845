-- The day of the first retained star of each repository whose first day is known, with the number of days known
-- since then.
select
    star_days.repo_id,
    min(star_days.day) as first_day,
    max(star_days.day) as last_day,
    count(*) as days,
    min(star_days.day) filter (where star_days.retained > 0) as first_star
from star_days
join pasts on pasts.repo_id = star_days.repo_id
where pasts.series = 'history' and pasts.complete
group by star_days.repo_id
order by star_days.repo_id
