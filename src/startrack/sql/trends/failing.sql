-- Repositories that were missing every time since their last count, $times times or more.
select
    entries.list,
    entries.repo,
    max_by(missing.reason, missing.taken_at) as reason,
    count(distinct missing.taken_at) as times,
    min(missing.taken_at) as since,
    max(repos.seen_at) as counted_at
from missing
join entries on lower(entries.repo) = lower(missing.repo) and entries.removed_on is null
left join repos on repos.repo_id = entries.repo_id
where repos.seen_at is null or missing.taken_at > repos.seen_at
group by entries.list, entries.repo
having count(distinct missing.taken_at) >= $times
order by lower(entries.repo), entries.list
