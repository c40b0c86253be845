-- Stages the newest day file alone, after the older files have been loaded.
create or replace temp table day as from newest_day
