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
    from {{ ref('int_item_events_identified') }}
    where event_name <> 'Order Completed'
),

events as (
    select * from orders
    union all
    select * from item_events
),

rejected as (
    select * from {{ ref('int_item_lines_unnested') }}
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
