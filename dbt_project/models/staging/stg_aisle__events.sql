select
    message_id,
    type as event_type,
    event as event_name,
    user_id,
    anonymous_id,
    "timestamp" as occurred_at,
    received_at,
    properties,
    context,
    traits,
    source,
    _batch_id as batch_id,
    _loaded_at as loaded_at
from {{ source('aisle', 'events') }}
where _batch_id <= {{ var('max_batch_id') }}
-- Later ones wait for a later build.
and ("timestamp" is null or "timestamp" <= {{ as_of() }})
