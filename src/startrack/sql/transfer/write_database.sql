-- Writes every table of an export into the attached database.
create table target.counts as select * from export_counts;
create table target.repositories as select * from export_repositories;
create table target.retained_stars as select * from export_retained_stars;
create table target.lists as select * from export_lists;
create table target.entries as select * from export_entries;
