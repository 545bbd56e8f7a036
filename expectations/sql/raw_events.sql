-- Events up to the ceiling, with what the rules ask worked out as true/false columns.
with events as (
    select
        message_id,
        type,
        event,
        timestamp,
        properties,
        coalesce(user_id, anonymous_id) is null as is_without_user,
        -- An imported event may claim any delivery; when it was loaded is known by our own clock.
        coalesce(least(received_at, _loaded_at), _loaded_at) as delivered_at,
        coalesce(type = 'track' and event = 'Order Completed', false) as is_order
    from raw.events
    where _batch_id <= $max_batch_id
)

select
    message_id,
    type,
    event,
    timestamp,
    is_order and is_without_user as is_order_without_user,
    coalesce(timestamp > $as_of + interval 1 hour, false) as is_after_as_of,
    coalesce(timestamp > delivered_at + interval 1 hour, false) as is_after_delivery,
    is_order and nullif(properties ->> '$.order_id', '') is null as is_order_without_id,
    is_order and coalesce(json_array_length(properties, '$.products'), 0) = 0
        as is_order_without_lines
from events
