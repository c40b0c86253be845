-- Takes the numbers from the counts of some names, because nobody can say whether they are right.
update incoming set repo_id = null
where repo_id is not null and lower(repo) in (select unnest($names))
