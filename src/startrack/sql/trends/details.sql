-- The newest figures that are not counted every day, of the repositories that a list has or had, by id or by name.
select
    repo_id,
    max_by(open_issues, taken_at) filter (where open_issues is not null) as open_issues,
    max_by(open_prs, taken_at) filter (where open_prs is not null) as open_prs,
    max_by(watchers, taken_at) filter (where watchers is not null) as watchers
from counts
where taken_at > $after
    and taken_at <= $until
    and repo_id in (
        select repo_id
        from repos
        where repo_id in (select repo_id from entries) or lower(name) in (select lower(repo) from entries)
    )
group by repo_id
