with

events as (
    select
        sessionized.*,
        devices.device_type
    from {{ ref('int_events_sessionized') }} as sessionized
    left join {{ ref('int_visit_devices') }} as devices
        on sessionized.message_id = devices.message_id
),

sessions as (
    select
        session_id,
        min(user_id) as user_id,
        bool_and(is_anonymous) as is_anonymous,
        min(device_type) as device_type,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        -- From then on nothing can join it any more.
        max(occurred_at) + interval '{{ var("session_timeout_minutes") }} minutes' as closed_at,
        count(*) as events,
        count(case when event_type in ('page', 'screen') then 1 end) as pages,
        {% for name, event in {
            'product_views': 'Product Viewed',
            'product_clicks': 'Product Clicked',
            'adds': 'Product Added',
            'wishes': 'Product Added to Wishlist',
            'removals': 'Product Removed',
            'searches': 'Products Searched',
            'checkouts': 'Checkout Started',
            'orders': 'Order Completed',
        }.items() -%}
            count(case when event_type = 'track' and event_name = '{{ event }}' then 1 end)
                as {{ name }},
        {% endfor -%}
        count(distinct event_name) as kinds_of_events
    from events
    group by session_id
),

items as (
    select
        session_id,
        count(distinct item_id) as items,
        count(distinct category) as categories,
        array_agg(item_id order by event_number, item_id) as item_ids,
        array_agg(event_name order by event_number, item_id) as item_events
    from {{ ref('int_session_items') }}
    group by session_id
),

placed as (
    select
        *,
        row_number() over in_time - 1 as previous_sessions,
        {{ days_between('lag(started_at) over in_time', 'started_at') }}
            as days_since_previous_session
    from sessions
    window in_time as (partition by user_id order by started_at, session_id)
),

final as (
    select
        placed.closed_at as as_of_date,
        placed.session_id,
        placed.user_id,
        placed.is_anonymous,
        cast(placed.device_type as varchar) as device_type,
        placed.started_at,
        cast({{ seconds_between('placed.started_at', 'placed.ended_at') }} as double precision)
            as duration_seconds,
        coalesce(
            cast({{ seconds_between('placed.started_at', 'placed.ended_at') }} as double precision)
            / nullif(placed.events - 1, 0),
            0
        ) as mean_seconds_between_events,
        cast(extract(hour from {{ local_time('placed.started_at') }}) as bigint) as start_hour,
        cast(extract(isodow from {{ local_time('placed.started_at') }}) as bigint) as start_weekday,
        placed.events,
        placed.pages,
        placed.product_views,
        placed.product_clicks,
        placed.adds,
        placed.wishes,
        placed.removals,
        placed.searches,
        placed.checkouts,
        placed.orders,
        placed.kinds_of_events,
        coalesce(items.items, 0) as items,
        coalesce(items.categories, 0) as categories,
        cast(items.item_ids as varchar[]) as item_ids,
        cast(items.item_events as varchar[]) as item_events,
        placed.previous_sessions,
        placed.days_since_previous_session
    from placed
    left join items on placed.session_id = items.session_id
    where placed.closed_at <= {{ as_of() }}
)

select * from final
