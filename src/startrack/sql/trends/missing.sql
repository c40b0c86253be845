-- The last failure to count each repository.
select repo as asked, repo_id, max(taken_at) as missing_at, max_by(reason, taken_at) as reason
from missing
where taken_at <= $until
group by repo, repo_id
