-- Stars retained in the $days days before each addition to a list and in the $days days from it on; null where one of
-- these days is not known.
select
    addition.repo_id,
    addition.day,
    case when count(*) filter (where star_days.day < addition.day) = $days then
        sum(star_days.retained) filter (where star_days.day < addition.day)
    end as before,
    case when count(*) filter (where star_days.day >= addition.day) = $days then
        sum(star_days.retained) filter (where star_days.day >= addition.day)
    end as after
from addition
join star_days
    on star_days.repo_id = addition.repo_id
    and star_days.day >= addition.day - $days
    and star_days.day < addition.day + $days
where star_days.day < $until
group by addition.repo_id, addition.day
order by addition.repo_id, addition.day
