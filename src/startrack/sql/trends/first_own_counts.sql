-- The instant of the first count that startrack itself took of each repository that has imported counts, too.
select repo_id, min(taken_at) filter (where source is null) as first_counted_at
from counts
group by repo_id
having count(source) > 0 and count(source) < count(*)
