-- What an export has of the store, table by table, and the same as CSV has it: text is guarded, so that no spreadsheet
-- reads it as a formula, and times are ISO 8601. Rows are sorted, so that the same store gives the same file.
create or replace temp macro guarded(text) as
    case when regexp_matches(text, '^[=+@\t\r\n''-]') then '''' || text else text end;
create or replace temp macro written(instant) as
    case
        when microsecond(instant) % 1000000 = 0 then strftime(instant, '%Y-%m-%dT%H:%M:%S')
        else strftime(instant, '%Y-%m-%dT%H:%M:%S.%f')
    end;
create or replace temp view export_counts as
select
    counts.repo_id, repos.name as repo, counts.taken_at, counts.stars, counts.forks, counts.commits,
    counts.open_issues, counts.open_prs, counts.watchers, counts.source
from counts
join repos on repos.repo_id = counts.repo_id
order by lower(repos.name), counts.repo_id, counts.taken_at;
create or replace temp view export_repositories as
select
    repo_id, name as repo, node_id, url, description, language, license, topics, created_at, head_committed_on,
    default_branch, is_archived, archived_at, is_fork, parent, parent_id, is_disabled, is_locked, is_mirror,
    latest_release, latest_release_at, state, first_seen as first_counted_at, seen_at as last_counted_at
from repos
order by lower(name), repo_id;
create or replace temp view export_retained_stars as
select star_days.repo_id, repos.name as repo, star_days.day, star_days.retained, star_days.fetched_at
from star_days
left join repos on repos.repo_id = star_days.repo_id
order by lower(repos.name), star_days.repo_id, star_days.day;
create or replace temp view export_lists as
select list, source, label, read_at
from lists
order by list;
create or replace temp view export_entries as
select list, repo, repo_id, title, section, sections, url, line, added_on, removed_on, listed_on
from entries
order by list, removed_on nulls first, line, repo, added_on;
create or replace temp view csv_counts as
select * replace (written(taken_at) as taken_at, guarded(repo) as repo, guarded(source) as source)
from export_counts;
create or replace temp view csv_repositories as
select * replace (
    guarded(repo) as repo,
    guarded(node_id) as node_id,
    guarded(url) as url,
    guarded(description) as description,
    guarded(language) as language,
    guarded(license) as license,
    guarded(topics) as topics,
    guarded(default_branch) as default_branch,
    guarded(parent) as parent,
    guarded(latest_release) as latest_release,
    written(created_at) as created_at,
    written(archived_at) as archived_at,
    written(latest_release_at) as latest_release_at,
    written(first_counted_at) as first_counted_at,
    written(last_counted_at) as last_counted_at
)
from export_repositories;
create or replace temp view csv_retained_stars as
select * replace (guarded(repo) as repo, written(fetched_at) as fetched_at)
from export_retained_stars;
create or replace temp view csv_lists as
select * replace (guarded(list) as list, guarded(source) as source, guarded(label) as label, written(read_at) as read_at)
from export_lists;
create or replace temp view csv_entries as
select * replace (
    guarded(list) as list,
    guarded(repo) as repo,
    guarded(title) as title,
    guarded(section) as section,
    guarded(sections) as sections,
    guarded(url) as url
)
from export_entries;
