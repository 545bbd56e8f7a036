-- Events up to the ceiling, with what the rules compare worked out as true/false columns.
with events as (
    select
        message_id,
        type,
        event,
        user_id,
        timestamp,
        received_at,
        properties,
        coalesce(type = 'track' and event = 'Order Completed', false) as is_order
    from raw.events
    where _batch_id <= $max_batch_id
)

select
    message_id,
    type,
    user_id,
    timestamp,
    is_order,
    coalesce(timestamp > $as_of + interval 1 hour, false) as is_after_as_of,
    coalesce(timestamp > received_at + interval 1 hour, false) as is_after_received,
    is_order and nullif(properties ->> '$.order_id', '') is null as is_order_without_id,
    is_order and coalesce(json_array_length(properties, '$.products'), 0) = 0
        as is_order_without_lines
from events
