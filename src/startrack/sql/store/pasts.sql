-- What is known of the past of each repository that these lists name and that was counted when last asked for.
-- By the numbers of the entries: a name that somebody else has taken leads to another repository.
select repos.repo_id, repos.name, kinds.series, pasts.etag, coalesce(pasts.complete, false) as complete, pasts.fetched_at,
    pasts.outcome
from repos
cross join (select unnest($series) as series) as kinds
left join pasts on pasts.repo_id = repos.repo_id and pasts.series = kinds.series
where repos.state = 'counted'
    and repos.repo_id in (select repo_id from entries where removed_on is null and list in (select unnest($lists)))
order by repos.repo_id, kinds.series
