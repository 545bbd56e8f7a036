-- Baskets for deep feature synthesis, in an order that never varies.
select
    order_id,
    user_id,
    ordered_at,
    cast(item_count as double) as item_count,
    quantity,
    revenue,
from fct_orders
where ordered_at <= $as_of
order by order_id
