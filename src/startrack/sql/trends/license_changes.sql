-- The last change of the licence of each listed repository in a span, with the licence of today, null for none.
select repo_id, license_before as before, license as after, license_changed_at as seen_at
from repos
where license_changed_at > $after
    and license_changed_at <= $until
    and license_before is distinct from license
