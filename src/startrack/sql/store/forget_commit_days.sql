-- Takes the days of some repositories out again, before their newer files are loaded.
delete from commit_days where repo_id in (select repo_id from week where series = 'activity')
