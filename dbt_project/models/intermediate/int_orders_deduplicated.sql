{{ config(materialized='table') }}

with

messages as (
    select * from {{ ref('int_item_events_stitched') }}
    where event_name = 'Order Completed'
),

numbered as (
    select
        order_id,
        message_id,
        user_id,
        source,
        -- A message sent again, be it as a correction, does not move the order to a later day.
        min(occurred_at) over (partition by order_id, user_id) as ordered_at,
        first_value(message_id) over (
            partition by order_id, user_id
            order by occurred_at asc, received_at asc, message_id asc
        ) as first_message_id,
        -- Shops start their numbers again: another user's message is another order.
        min(user_id) over (partition by order_id)
        <> max(user_id) over (partition by order_id) as is_shared,
        row_number() over (
            partition by order_id, user_id
            order by received_at desc, batch_id desc, message_id desc
        ) as newest_first
    from messages
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
        user_id,
        ordered_at,
        source
    from numbered
    where newest_first = 1
)

select * from orders
