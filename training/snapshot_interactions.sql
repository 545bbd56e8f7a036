-- What a model is fitted on: one row per order (or other event) and item, in an order that never
-- varies.
select
    user_id,
    item_id,
    order_id,
    interacted_at,
    known_at,
from fct_interactions
where
    event = $event
    and interacted_at <= $as_of
order by
    interacted_at,
    user_id,
    item_id,
    order_id
