{{ config(materialized='table') }}

with

bought as (
    select
        user_id,
        item_id,
        order_id,
        ordered_at as interacted_at,
        known_at,
        'Order Completed' as event,
        quantity,
        value
    from {{ ref('int_order_items_aggregated') }}
    where ordered_at <= {{ as_of() }}
),

other as (
    select
        user_id,
        item_id,
        message_id as order_id,
        occurred_at as interacted_at,
        known_at,
        event_name as event,
        cast(null as double precision) as quantity,
        cast(null as double precision) as value
    from {{ ref('int_item_events_aggregated') }}
),

unioned as (
    select * from bought
    union all
    select * from other
),

sequenced as (
    select
        *,
        row_number() over (
            partition by user_id
            order by interacted_at, order_id, item_id, event
        ) as event_number,
        {{ days_between(
            'lag(interacted_at) over (
                partition by user_id, item_id, event
                order by interacted_at, order_id
            )',
            'interacted_at'
        ) }} as days_since_previous,
        {{ row_hash([
            'item_id', 'order_id', 'interacted_at', 'event', 'quantity', 'value',
        ]) }} as row_hash
    from unioned
)

select * from sequenced
