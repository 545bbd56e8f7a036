{{ config(materialized='table') }}

with

orders as (
    select
        message_id,
        order_id,
        user_id,
        ordered_at,
        'Order Completed' as event
    from {{ ref('int_orders_deduplicated') }}
),

item_events as (
    select
        message_id,
        order_id,
        user_id,
        occurred_at as ordered_at,
        event_name as event
    from {{ ref('int_item_events_stitched') }}
    where event_name <> 'Order Completed'
),

lists as (
    select
        message_id,
        message_id as order_id,
        user_id,
        occurred_at as ordered_at,
        event_name as event
    from {{ ref('int_events_stitched') }}
    where event_name = 'Product List Viewed' and user_id is not null
),

refunds as (
    select
        message_id,
        message_id as order_id,
        user_id,
        refunded_at as ordered_at,
        'Order Refunded' as event
    from {{ ref('int_refunds_deduplicated') }}
),

events as (
    select * from orders
    union all
    select * from item_events
    union all
    select * from lists
    union all
    select * from refunds
),

rejected as (
    {% for lines in [
        'int_item_lines_unnested', 'int_list_items_unnested', 'int_refund_lines_unnested'
    ] %}
        select
            message_id,
            item_id,
            quarantine_reason,
            original
        from {{ ref(lines) }}
        where quarantine_reason is not null
        union all
    {% endfor %}
    -- A refund of no order that is known, or of an amount that cannot be read.
    select
        message_id,
        cast(null as varchar) as item_id,
        quarantine_reason,
        cast(properties as varchar) as original
    from {{ ref('int_refunds_deduplicated') }}
    where quarantine_reason is not null
),

numbered as (
    select
        events.order_id,
        row_number() over (
            partition by events.message_id
            order by rejected.original
        ) as rejected_number,
        events.user_id,
        events.ordered_at,
        events.event,
        rejected.item_id,
        rejected.quarantine_reason as reason,
        rejected.original
    from events
    inner join rejected on events.message_id = rejected.message_id
)

select * from numbered
