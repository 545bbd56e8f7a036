-- Exposures, with the references and comparisons worked out as true/false columns.
select
    exposures.message_id,
    exposures.position,
    exposures.item_id,
    exposures.user_id,
    exposures.shown_at,
    exposures.value,
    coalesce(
        exposures.clicked_at < exposures.shown_at or exposures.ordered_at < exposures.shown_at,
        false
    ) as is_before_shown,
    -- A message may click several items, an order may hold several: once for each.
    (
        exposures.click_message_id is not null
        and count(*) over (partition by exposures.click_message_id, exposures.item_id) > 1
    )
    or (
        exposures.order_id is not null
        and count(*) over (partition by exposures.order_id, exposures.item_id) > 1
    ) as is_counted_twice,
    exposures.order_id is not null and orders.order_id is null as is_order_unknown,
    users.user_id is null as is_user_unknown,
    items.item_id is null as is_item_unknown,
    coalesce(exposures.shown_at > $as_of, false) as is_after_as_of
from marts.fct_exposures as exposures
left join (select distinct order_id from marts.fct_orders) as orders
    on exposures.order_id = orders.order_id
left join (select distinct user_id from marts.dim_users) as users
    on exposures.user_id = users.user_id
left join (select distinct item_id from marts.dim_items) as items
    on exposures.item_id = items.item_id
