-- Locked repositories (being moved, most of them) and mirrors, as far as GitHub tells.
alter table repos add column is_locked boolean default false;
alter table repos add column is_mirror boolean default false
