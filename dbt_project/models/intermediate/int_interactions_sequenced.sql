select
    user_id,
    item_id,
    order_id,
    occurred_at as interacted_at,
    known_at,
    moved_at,
    event,
    quantity,
    value,
    event_number,
    is_first_line,
    order_number,
    order_known_at,
    {{ days_between('previous_item_at', 'occurred_at') }} as days_since_previous,
    row_hash
from {{ ref('int_feature_events') }}
