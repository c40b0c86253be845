-- A name that a repository has again stands in `repo_names` once more. That is read off every day file, so all of
-- them are loaded anew.
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
