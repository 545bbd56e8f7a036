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
        min(device_type) as device_type,
        min(occurred_at) as started_at,
        {{ seconds_between('min(occurred_at)', 'max(occurred_at)') }} as seconds,
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

final as (
    select
        owned.closed_at as as_of_date,
        sessions.session_id,
        owned.user_id,
        owned.is_anonymous,
        cast(sessions.device_type as varchar) as device_type,
        sessions.started_at,
        cast(sessions.seconds as double precision) as duration_seconds,
        coalesce(
            cast(sessions.seconds as double precision) / nullif(sessions.events - 1, 0), 0
        ) as mean_seconds_between_events,
        cast(extract(hour from {{ local_time('sessions.started_at') }}) as bigint) as start_hour,
        cast(extract(isodow from {{ local_time('sessions.started_at') }}) as bigint)
            as start_weekday,
        sessions.events,
        sessions.pages,
        sessions.product_views,
        sessions.product_clicks,
        sessions.adds,
        sessions.wishes,
        sessions.removals,
        sessions.searches,
        sessions.checkouts,
        sessions.orders,
        sessions.kinds_of_events,
        coalesce(items.items, 0) as items,
        coalesce(items.categories, 0) as categories,
        cast(items.item_ids as varchar[]) as item_ids,
        cast(items.item_events as varchar[]) as item_events,
        owned.previous_sessions,
        owned.days_since_previous_session
    from sessions
    inner join {{ ref('int_sessions_owned') }} as owned
        on sessions.session_id = owned.session_id
    left join items on sessions.session_id = items.session_id
    where owned.closed_at <= {{ as_of() }}
)

select * from final
