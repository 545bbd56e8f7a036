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

-- An item of an order that was sent several times is told by the first message that named it, and
-- known to be the user's by the first one of which that was known.
named_again as (
    select
        orders.order_id,
        accepted.item_id,
        min(coalesce(late.known_at, messages.occurred_at)) as told_at,
        min(
            greatest(coalesce(late.known_at, messages.occurred_at), messages.linked_at)
        ) as known_at,
        min(messages.former_user_id) as former_user_id
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
        min(coalesce(late.known_at, orders.ordered_at)) as told_at,
        min(orders.linked_at) as linked_at,
        min(orders.former_user_id) as former_user_id,
        {{ money('sum(accepted.quantity)') }} as quantity,
        {{ money('sum(accepted.value)') }} as value
    from orders
    inner join accepted on orders.message_id = accepted.message_id
    left join late on orders.message_id = late.message_id
    group by orders.order_id, accepted.item_id
),

dated as (
    select
        order_items.order_id,
        order_items.item_id,
        order_items.user_id,
        order_items.ordered_at,
        greatest(
            order_items.ordered_at, coalesce(named_again.told_at, order_items.told_at)
        ) as told_at,
        greatest(
            order_items.ordered_at,
            coalesce(
                named_again.known_at, greatest(order_items.told_at, order_items.linked_at)
            )
        ) as known_at,
        coalesce(order_items.former_user_id, named_again.former_user_id) as former_user_id,
        order_items.quantity,
        order_items.value
    from order_items
    left join named_again
        on
            order_items.order_id = named_again.order_id
            and order_items.item_id = named_again.item_id
),

final as (
    select
        order_id,
        item_id,
        user_id,
        ordered_at,
        told_at,
        known_at,
        case when known_at > told_at then former_user_id end as former_user_id,
        quantity,
        value
    from dated
)

select * from final
