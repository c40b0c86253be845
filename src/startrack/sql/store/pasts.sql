-- The history of each repository that is in these lists, except repositories that were missing last time. Entries are
-- joined by repository id: a name may belong to another repository now.
select repos.repo_id, repos.name, kinds.series, pasts.etag, coalesce(pasts.complete, false) as complete, pasts.fetched_at,
    pasts.outcome
from repos
cross join (select unnest($series) as series) as kinds
left join pasts on pasts.repo_id = repos.repo_id and pasts.series = kinds.series
where repos.state = 'counted'
    and repos.repo_id in (select repo_id from entries where removed_on is null and list in (select unnest($lists)))
order by repos.repo_id, kinds.series
