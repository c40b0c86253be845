-- Takes the days of some repositories out again, before their newer files are loaded.
delete from star_days where repo_id in (select repo_id from week where series = 'history')
