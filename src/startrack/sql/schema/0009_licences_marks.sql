-- The licence that a repository had until a run saw another one, and the word by which a list says that the project of
-- an entry is archived or no longer maintained; both are null where that is not so, or was not looked for yet.
alter table repos add column license_before varchar;
alter table repos add column license_changed_at timestamp;
alter table entries add column mark varchar
