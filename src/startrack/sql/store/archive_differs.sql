-- How many weeks an archive has in another way than they are staged.
select count(*) as differing
from (
    (
        select repo_id, week, sun, mon, tue, wed, thu, fri, sat from week where series = $series
        except all
        select repo_id, week, sun, mon, tue, wed, thu, fri, sat from read_parquet($path)
    )
    union all
    (
        select repo_id, week, sun, mon, tue, wed, thu, fri, sat from read_parquet($path)
        except all
        select repo_id, week, sun, mon, tue, wed, thu, fri, sat from week where series = $series
    )
)
