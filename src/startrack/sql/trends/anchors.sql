-- What the retained stars of each repository are set upon: the last count before they were fetched, if it is near.
select
    pasts.repo_id, pasts.complete, coalesce(pasts.current, 0) as current,
    max_by(counts.stars, counts.taken_at) as stars
from pasts
left join counts
    on counts.repo_id = pasts.repo_id
    and counts.taken_at <= pasts.fetched_at
    and counts.taken_at > pasts.fetched_at - interval 14 days
where pasts.series = 'history'
group by pasts.repo_id, pasts.complete, pasts.current
order by pasts.repo_id
