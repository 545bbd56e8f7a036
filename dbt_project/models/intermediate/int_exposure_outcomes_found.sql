{{ config(materialized='table') }}

with

shown_items as (
    select distinct item_id from {{ ref('int_exposures_identified') }}
),

stitched as (
    select
        message_id,
        user_id,
        device_id
    from {{ ref('int_events_stitched') }}
),

clicks as (
    select
        'click' as kind,
        events.message_id,
        events.message_id as outcome_id,
        events.item_id,
        events.occurred_at as happened_at,
        cast(null as double precision) as value
    from {{ ref('int_item_events_aggregated') }} as events
    inner join shown_items on events.item_id = shown_items.item_id
    where events.event_name in ('Product Clicked', 'Product Viewed', 'Product Added')
),

order_items as (
    select
        'order' as kind,
        orders.first_message_id as message_id,
        order_items.order_id as outcome_id,
        order_items.item_id,
        order_items.ordered_at as happened_at,
        order_items.value
    from {{ ref('int_order_items_aggregated') }} as order_items
    inner join shown_items on order_items.item_id = shown_items.item_id
    inner join {{ ref('int_orders_deduplicated') }} as orders
        on order_items.order_id = orders.order_id
),

unioned as (
    select * from clicks
    union all
    select * from order_items
),

outcomes as (
    select
        unioned.kind,
        unioned.outcome_id,
        unioned.item_id,
        stitched.user_id,
        stitched.device_id,
        unioned.happened_at,
        unioned.value
    from unioned
    inner join stitched on unioned.message_id = stitched.message_id
)

select * from outcomes
