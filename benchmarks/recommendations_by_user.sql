-- Each user's items and scores, best first. Scores go online in single precision.
-- Parameter: the file of lists.
select
    user_id,
    list(item_id order by rank) as item_ids,
    list(score::float order by rank) as scores
from read_parquet(?)
group by user_id
