with

bought as (
    select
        user_id,
        item_id,
        order_id,
        'Order Completed' as event,
        ordered_at as occurred_at,
        known_at,
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
        event_name as event,
        occurred_at,
        known_at,
        cast(null as double precision) as quantity,
        cast(null as double precision) as value
    from {{ ref('int_item_events_aggregated') }}
    where occurred_at <= {{ as_of() }}
),

unioned as (
    select * from bought
    union all
    select * from other
),

categorised as (
    select
        unioned.user_id,
        unioned.item_id,
        unioned.order_id,
        unioned.event,
        unioned.occurred_at,
        unioned.known_at,
        categories.category,
        unioned.quantity,
        unioned.value
    from unioned
    left join {{ ref('int_item_categories') }} as categories
        on
            unioned.item_id = categories.item_id
            and unioned.occurred_at >= categories.valid_from
            and unioned.occurred_at < coalesce(categories.valid_to, {{ end_of_time() }})
),

final as (
    select
        *,
        {{ row_hash(
            [
                'user_id', 'item_id', 'order_id', 'event', 'occurred_at', 'known_at', 'category',
                'quantity', 'value'
            ]
        ) }} as row_hash
    from categorised
)

select * from final
