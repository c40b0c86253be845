-- Updates the fetch time of days whose index row has a later one.
update star_days set fetched_at = pasts.fetched_at
from pasts
where pasts.repo_id = star_days.repo_id
    and pasts.series = 'history'
    and pasts.fetched_at <> star_days.fetched_at
    and star_days.repo_id in (select unnest($ids::bigint[]))
