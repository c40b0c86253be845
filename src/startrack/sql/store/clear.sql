-- Empties all tables that are loaded from files, before a rebuild.
delete from counts;
delete from missing;
delete from takes;
delete from repo_names;
delete from repos;
delete from repos_before;
delete from lists;
delete from entries;
delete from runs;
delete from star_days;
delete from commit_days;
delete from pasts;
delete from imports;
delete from files;
