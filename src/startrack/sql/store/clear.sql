-- Empties all that is loaded from files, before everything is loaded anew. Fetched star history stays.
delete from counts;
delete from missing;
delete from takes;
delete from repo_names;
delete from repos;
delete from lists;
delete from entries;
delete from runs;
delete from files;
