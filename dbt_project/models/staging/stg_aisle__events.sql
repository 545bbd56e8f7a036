select
    message_id,
    type as event_type,
    event as event_name,
    "name" as page_name,
    user_id,
    anonymous_id,
    previous_id,
    group_id,
    -- Nothing happens after it was received: then the sender's clock is ahead.
    -- DuckDB and Postgres both take the other one for a null.
    least("timestamp", received_at) as occurred_at,
    original_timestamp,
    sent_at,
    received_at,
    properties,
    context,
    traits,
    extra,
    source,
    by_public_key,
    _batch_id as batch_id,
    _loaded_at as loaded_at,
    _line_number as line_number
from {{ source('aisle', 'events') }}
where _batch_id <= {{ var('max_batch_id') }}
-- Later ones wait for a later build.
and ("timestamp" is null or least("timestamp", received_at) <= {{ as_of() }})
