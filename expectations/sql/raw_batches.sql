-- Batches up to the ceiling that were loaded in the week before the newest of them, with what
-- load-raw could not read of each. Batches in which no row arrived do not count.
with batches as (
    select
        batch_id,
        loaded_at,
        rows_seen,
        rows_quarantined,
        batch_id = max(batch_id) over () as is_newest
    from raw.batches
    where batch_id <= $max_batch_id and rows_seen > 0
),

reasons as (
    select
        batch_id,
        -- What stands after the colon is the value that could not be read.
        mode(split_part(reason, ':', 1)) as commonest_reason,
        left(min(original), 120) as original
    from raw.quarantine
    where line_number > 0  -- else a person set it aside
    group by batch_id
)

select
    batches.batch_id,
    batches.rows_seen,
    batches.rows_quarantined,
    reasons.commonest_reason,
    reasons.original,
    batches.rows_quarantined > 0 as has_quarantined_rows,
    batches.is_newest
    and batches.rows_quarantined >= $min_quarantined_rows
    and batches.rows_quarantined > $max_share_of_quarantined_rows * batches.rows_seen
        as is_newest_and_broken
from batches
left join reasons on batches.batch_id = reasons.batch_id
where batches.loaded_at >= (select max(loaded_at) from batches) - interval 7 days
order by batches.batch_id desc
