-- Deletes what `repos` had before the newest day file, as that is no longer the newest or was taken back.
delete from repos_before
