-- What seldom changes about each repository. The name comes from the day files.
merge into repos
using (select * exclude (name) from fact) as fact
using (repo_id)
when matched then update by name
