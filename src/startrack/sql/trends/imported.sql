-- The imported counts of each repository up to an instant, by their source; with $is_listed, of those that a list has or
-- had, as in `history`.
select repo_id, source, count(*) as counts, min(taken_at) as first_at, max(taken_at) as last_at
from counts
where source is not null
    and taken_at <= $until
    and (
        not $is_listed
        or repo_id in (
            select repo_id from entries
            union all
            select repo_id from repos where lower(name) in (select lower(repo) from entries where repo_id is null)
        )
    )
group by repo_id, source
order by repo_id, source
