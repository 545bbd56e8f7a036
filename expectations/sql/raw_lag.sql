-- One row: how long before now the newest event was delivered.
with newest as (
    select max(coalesce(received_at, _loaded_at)) as newest_delivery_at
    from raw.events
    where _batch_id <= $max_batch_id
)

select
    newest_delivery_at,
    $as_of::timestamp as now_at,
    round(date_diff('minute', newest_delivery_at, $as_of) / 60, 1) as hours_without_delivery,
    date_diff('minute', newest_delivery_at, $as_of) > 60 * $max_hours_without_delivery as is_stale
from newest
where newest_delivery_at is not null
