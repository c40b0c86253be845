-- When the days of some repositories were fetched, where the index knows of a later time than the days do.
update star_days set fetched_at = pasts.fetched_at
from pasts
where pasts.repo_id = star_days.repo_id
    and pasts.series = 'history'
    and pasts.fetched_at <> star_days.fetched_at
    and star_days.repo_id in (select unnest($ids::bigint[]))
