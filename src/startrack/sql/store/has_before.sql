-- Whether the newest day file can be taken back.
select count(*) > 0 from repos_before
