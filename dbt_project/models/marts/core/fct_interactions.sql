with

bought as (
    select
        user_id,
        item_id,
        order_id,
        ordered_at as interacted_at,
        'Order Completed' as event,
        quantity,
        value
    from {{ ref('int_order_items_aggregated') }}
),

other as (
    select
        user_id,
        item_id,
        message_id as order_id,
        occurred_at as interacted_at,
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

final as (
    select
        user_id,
        item_id,
        order_id,
        interacted_at,
        cast(event as varchar) as event,
        quantity,
        value,
        coalesce(quantity = 0 or value = 0, false) as is_zero_value
    from unioned
)

select * from final
