-- A name that a repository has again stands in `repo_names` once more, and an entry that came back to its list in
-- `entries`, where the day that the list's git history tells has a column. All of it is read off the files anew.
alter table entries add column listed_on date;
delete from counts;
delete from missing;
delete from takes;
delete from repo_names;
delete from repos;
delete from lists;
delete from entries;
delete from runs;
delete from star_days;
delete from commit_days;
delete from pasts;
delete from files
