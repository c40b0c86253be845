-- What each repository answered instead of a count, when last it did.
select repo, repo_id, max(taken_at), max_by(reason, taken_at)
from missing
where taken_at <= $until
group by repo, repo_id
