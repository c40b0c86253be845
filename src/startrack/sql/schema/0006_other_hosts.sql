-- How many projects of a list are on other hosts, as JSON: [["gitlab.com", 16], …].
alter table lists add column elsewhere varchar default '[]'
