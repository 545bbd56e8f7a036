{{ config(materialized='table') }}

with

orders as (
    select * from {{ ref('int_orders_deduplicated') }}
),

accepted as (
    select * from {{ ref('int_item_lines_unnested') }}
    where quarantine_reason is null
),

late as (
    select * from {{ ref('int_late_messages') }}
),

-- An item of an order that was sent several times is known since the first message that named it.
named_again as (
    select
        orders.order_id,
        accepted.item_id,
        min(coalesce(late.known_at, messages.occurred_at)) as known_at
    from orders
    inner join {{ ref('int_item_events_stitched') }} as messages
        on
            orders.shop_order_id = messages.order_id
            and orders.user_id = messages.user_id
    inner join accepted on messages.message_id = accepted.message_id
    left join late on messages.message_id = late.message_id
    where
        orders.message_count > 1
        and messages.event_name = 'Order Completed'
    group by orders.order_id, accepted.item_id
),

order_items as (
    select
        orders.order_id,
        accepted.item_id,
        -- An order has one user and one time.
        min(orders.user_id) as user_id,
        min(orders.ordered_at) as ordered_at,
        min(late.known_at) as delivered_late_at,
        {{ money('sum(accepted.quantity)') }} as quantity,
        {{ money('sum(accepted.value)') }} as value
    from orders
    inner join accepted on orders.message_id = accepted.message_id
    left join late on orders.message_id = late.message_id
    group by orders.order_id, accepted.item_id
),

final as (
    select
        order_items.order_id,
        order_items.item_id,
        order_items.user_id,
        order_items.ordered_at,
        greatest(
            order_items.ordered_at,
            coalesce(
                named_again.known_at, order_items.delivered_late_at, order_items.ordered_at
            )
        ) as known_at,
        order_items.quantity,
        order_items.value
    from order_items
    left join named_again
        on
            order_items.order_id = named_again.order_id
            and order_items.item_id = named_again.item_id
)

select * from final
