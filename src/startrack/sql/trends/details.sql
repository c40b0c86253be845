-- The newest figures of each repository that are not taken every day.
select
    repo_id,
    max_by(open_issues, taken_at) filter (where open_issues is not null),
    max_by(open_prs, taken_at) filter (where open_prs is not null),
    max_by(watchers, taken_at) filter (where watchers is not null)
from counts
where taken_at > $after and taken_at <= $until
group by repo_id
