-- The ranges of known days of each history: consecutive days minus their rank give the same date.
with known as (
    select 'history' as series, repo_id, day from star_days
    union all
    select 'activity', repo_id, day from commit_days
),
placed as (
    select series, repo_id, day, day - (row_number() over (partition by series, repo_id order by day))::integer as start
    from known
)
select series, repo_id, min(day) as first, max(day) as last
from placed
group by series, repo_id, start
order by series, repo_id, last desc
