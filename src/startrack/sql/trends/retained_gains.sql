-- Stars retained in the last $days known days of each repository, which end from $since on and before $until, where
-- all of these days are known.
with ended as (
    select repo_id, max(day) as last_day
    from star_days
    where day >= $since and day < $until
    group by repo_id
)
select star_days.repo_id, sum(star_days.retained) as gain, min(star_days.day) as first, ended.last_day as last
from star_days
join ended on ended.repo_id = star_days.repo_id
where star_days.day > ended.last_day - $days and star_days.day <= ended.last_day
group by star_days.repo_id, ended.last_day
having count(*) = $days
order by star_days.repo_id
