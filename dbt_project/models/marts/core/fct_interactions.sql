with

bought as (
    select
        order_items.user_id,
        order_items.item_id,
        order_items.order_id,
        order_items.ordered_at as interacted_at,
        order_items.known_at,
        'Order Completed' as event,
        order_items.quantity,
        order_items.value,
        coalesce(refunds.refunded_value, 0) as refunded_value
    from {{ ref('int_order_items_aggregated') }} as order_items
    left join {{ ref('int_order_refunds_allocated') }} as refunds
        on
            order_items.order_id = refunds.order_id
            and order_items.item_id = refunds.item_id
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
        cast(null as double precision) as value,
        cast(null as double precision) as refunded_value
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
        known_at,
        cast(event as varchar) as event,
        quantity,
        value,
        refunded_value,
        coalesce(quantity = 0 or value = 0, false) as is_zero_value
    from unioned
)

select * from final
