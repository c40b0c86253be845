-- The stars of every project at its last count of each month, and the stars gained since the month before.
with months as (
    select repo, repo_id, date_trunc('month', taken_at) as month, max_by(stars, taken_at) as stars
    from 'data/counts/*.parquet'
    group by repo, repo_id, date_trunc('month', taken_at)
)
select repo, month, stars, stars - lag(stars) over (partition by repo_id order by month) as gain
from months
order by repo, repo_id, month
