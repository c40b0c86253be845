-- What was missing each time since its last count, so often at least: why now, how often, since when.
select
    entries.list,
    entries.repo,
    max_by(missing.reason, missing.taken_at),
    count(distinct missing.taken_at),
    min(missing.taken_at),
    max(repos.seen_at)
from missing
join entries on lower(entries.repo) = lower(missing.repo) and entries.removed_on is null
left join repos on repos.repo_id = entries.repo_id
where repos.seen_at is null or missing.taken_at > repos.seen_at
group by entries.list, entries.repo
having count(distinct missing.taken_at) >= $times
order by lower(entries.repo), entries.list
