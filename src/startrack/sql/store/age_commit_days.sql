-- Updates the fetch time of days whose index row has a later one.
update commit_days set fetched_at = pasts.fetched_at
from pasts
where pasts.repo_id = commit_days.repo_id
    and pasts.series = 'activity'
    and pasts.fetched_at <> commit_days.fetched_at
    and commit_days.repo_id in (select unnest($ids::bigint[]))
