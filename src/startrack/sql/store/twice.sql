-- What a day file holds twice, as a merge by hand may leave it.
select path, any_value(name)
from day
where repo_id is not null
group by path, repo_id
having count(*) > 1
order by path
limit 1
