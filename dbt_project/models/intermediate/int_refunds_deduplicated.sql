{{ config(materialized='table') }}

with

messages as (
    select
        message_id,
        user_id,
        occurred_at,
        received_at,
        properties,
        {{ json_text('properties', 'order_id') }} as shop_order_id,
        {{ json_text('properties', 'refund_id') }} as refund_id,
        {{ json_text('properties', 'total') }} as total_text,
        {{ json_number('properties', 'total') }} as total
    from {{ ref('int_events_stitched') }}
    where event_type = 'track' and event_name = 'Order Refunded'
),

-- A refund that was sent again, be it under another message id, gives the money back once.
numbered as (
    select
        *,
        row_number() over (
            partition by
                shop_order_id,
                user_id,
                coalesce(refund_id, cast(properties as varchar), message_id)
            order by occurred_at, received_at, message_id
        ) as oldest_first
    from messages
),

orders as (
    select
        order_id,
        shop_order_id,
        user_id,
        is_shared
    from {{ ref('int_orders_deduplicated') }}
),

matched as (
    select
        numbered.message_id,
        orders.order_id,
        numbered.shop_order_id,
        numbered.user_id,
        numbered.occurred_at as refunded_at,
        numbered.properties,
        numbered.total,
        case
            when numbered.total_text is not null and numbered.total is null then 'unreadable total'
            when numbered.total < 0 then 'negative value'
            -- Not-a-number and infinity compare as greater than any number.
            when numbered.total > 1e12 then 'number out of range'
            when orders.order_id is null then 'unknown order'
        end as quarantine_reason
    from numbered
    left join orders
        on
            numbered.shop_order_id = orders.shop_order_id
            and (not orders.is_shared or numbered.user_id = orders.user_id)
    where numbered.oldest_first = 1
)

select * from matched
