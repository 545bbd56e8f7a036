-- The orders of one day, said again some days later under new names.
-- Parameters: $day (the day's file), $days.
select
    events.* replace (
        message_id || '-later-' || $days as message_id,
        strftime("timestamp"::timestamp + to_days($days), '%Y-%m-%dT%H:%M:%SZ') as "timestamp",
        strftime(received_at::timestamp + to_days($days), '%Y-%m-%dT%H:%M:%SZ') as received_at,
        struct_update(
            properties, order_id := properties.order_id || '-later-' || $days
        ) as properties
    )
from read_json($day) as events
