-- The day files, from $first to $last, that must be read line by line: they have rows that are invalid, duplicate or in
-- another notation.
select path
from day
where path between $first and $last
    and (
        not sound
        or name is null
        or contains(name, chr(0))
        or contains(head, chr(0))
        or contains(missing, chr(0))
        or taken_at is null
        or year(taken_at) not between 2008 and 2999
        or (missing is null and (repo_id is null or stars is null or forks is null))
        or least(repo_id, stars, forks, commits, open_issues, open_prs, watchers) < 0
    )
union
select path
from day
where path between $first and $last
group by path, coalesce(repo_id::varchar, lower(name))
having count(*) > 1
order by path
