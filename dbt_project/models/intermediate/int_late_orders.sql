select
    user_id,
    order_id,
    order_number,
    order_known_at as known_at
from {{ ref('int_interactions_sequenced') }}
where
    is_first_line
    and order_known_at > interacted_at
