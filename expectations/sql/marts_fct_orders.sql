-- Orders, with the references and the comparison with as_of worked out as true/false columns.
select
    orders.order_id,
    orders.user_id,
    orders.ordered_at,
    orders.item_count,
    orders.revenue,
    users.user_id is not null as is_user_known,
    coalesce(orders.ordered_at > $as_of, false) as is_after_as_of
from marts.fct_orders as orders
left join (select distinct user_id from marts.dim_users) as users
    on orders.user_id = users.user_id
