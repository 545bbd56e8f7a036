-- Items of baskets for deep feature synthesis, in an order that never varies.
select
    order_id,
    item_id,
    interacted_at,
    known_at,
    quantity,
    value,
from fct_interactions
where
    event = 'Order Completed'
    and interacted_at <= $as_of
order by
    order_id,
    item_id
