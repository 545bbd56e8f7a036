{{ config(materialized='table') }}

with

messages as (
    select
        {{ 'order_id' if var('deduplicate_orders') else 'message_id as order_id' }},
        message_id,
        batch_id,
        user_id,
        linked_at,
        former_user_id,
        source,
        occurred_at,
        received_at
    from {{ ref('int_item_events_stitched') }}
    where event_name = 'Order Completed'
),

numbered as (
    select
        order_id,
        message_id,
        user_id,
        linked_at,
        former_user_id,
        source,
        -- A message sent again, be it as a correction, does not move the order to another day.
        first_value(occurred_at) over first_received as ordered_at,
        first_value(message_id) over first_received as first_message_id,
        count(*) over (partition by order_id, user_id) as message_count,
        -- Shops start their numbers again: another user's message is another order.
        min(user_id) over (partition by order_id)
        <> max(user_id) over (partition by order_id) as is_shared,
        row_number() over (
            partition by order_id, user_id
            order by received_at desc, batch_id desc, message_id desc
        ) as newest_first
    from messages
    window first_received as (
        partition by order_id, user_id
        order by received_at asc, occurred_at asc, message_id asc
    )
),

orders as (
    select
        case
            when is_shared then order_id || ' (user ' || user_id || ')'
            else order_id
        end as order_id,
        order_id as shop_order_id,
        is_shared,
        message_id,
        first_message_id,
        message_count,
        user_id,
        linked_at,
        former_user_id,
        ordered_at,
        source
    from numbered
    where newest_first = 1
)

select * from orders
