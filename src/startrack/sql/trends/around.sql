-- Stars retained of so many days before each addition, and of as many from it on, with how many of these days are known.
select
    addition.repo_id,
    addition.day,
    sum(star_days.retained) filter (where star_days.day < addition.day) as before,
    count(*) filter (where star_days.day < addition.day) as days_before,
    sum(star_days.retained) filter (where star_days.day >= addition.day) as after,
    count(*) filter (where star_days.day >= addition.day) as days_after
from addition
join star_days
    on star_days.repo_id = addition.repo_id
    and star_days.day >= addition.day - $days
    and star_days.day < addition.day + $days
where star_days.day < $until
group by addition.repo_id, addition.day
order by addition.repo_id, addition.day
