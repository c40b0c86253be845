-- Takes the number from the counts of a name, because nobody can say whether it is right.
update incoming set repo_id = null
where lower(repo) = $name and repo_id = $repo_id
