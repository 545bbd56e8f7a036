with

bought as (
    select
        user_id,
        item_id,
        order_id,
        'Order Completed' as event,
        ordered_at as occurred_at,
        told_at,
        known_at,
        former_user_id,
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
        told_at,
        known_at,
        former_user_id,
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

-- Until it was known whose it was, it was a visitor's, or that of a user by another name.
credited as (
    select
        user_id,
        item_id,
        order_id,
        event,
        occurred_at,
        known_at,
        former_user_id,
        cast(null as timestamp) as moved_at,
        quantity,
        value
    from unioned
    union all
    select
        former_user_id as user_id,
        item_id,
        order_id,
        event,
        occurred_at,
        told_at as known_at,
        cast(null as varchar) as former_user_id,
        known_at as moved_at,
        quantity,
        value
    from unioned
    where former_user_id is not null
),

categorised as (
    select
        credited.user_id,
        credited.item_id,
        credited.order_id,
        credited.event,
        credited.occurred_at,
        credited.known_at,
        credited.former_user_id,
        credited.moved_at,
        categories.category,
        credited.quantity,
        credited.value
    from credited
    left join {{ ref('int_item_categories') }} as categories
        on
            credited.item_id = categories.item_id
            and credited.occurred_at >= categories.valid_from
            and credited.occurred_at < coalesce(categories.valid_to, {{ end_of_time() }})
),

hashed as (
    select
        *,
        -- Of a row while it counts: a later login does not change that.
        {{ row_hash(
            [
                'user_id', 'item_id', 'order_id', 'event', 'occurred_at', 'known_at', 'category',
                'quantity', 'value'
            ]
        ) }} as row_hash
    from categorised
),

final as (
    select
        *,
        {{ row_hash(['row_hash', 'former_user_id', 'moved_at']) }} as delivered_hash
    from hashed
)

select * from final
