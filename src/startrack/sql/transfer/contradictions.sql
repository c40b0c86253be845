-- How many instants of repositories contradict themselves.
select count(*) as number from contradiction
