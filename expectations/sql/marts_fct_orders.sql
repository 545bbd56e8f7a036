-- Orders, with the references and the comparison with now worked out as true/false columns.
select
    orders.order_id,
    orders.user_id,
    orders.ordered_at,
    orders.revenue,
    coalesce(orders.item_count < 1, true) as is_without_items,
    coalesce(orders.refunded_value > orders.revenue + 0.001, true) as is_overrefunded,
    users.user_id is null as is_user_unknown,
    coalesce(orders.ordered_at > $as_of, false) as is_after_as_of
from marts.fct_orders as orders
left join (select distinct user_id from marts.dim_users) as users
    on orders.user_id = users.user_id
