with

events as (
    select
        events.*,
        located.place,
        located.referrer,
        located.campaign_source,
        located.campaign_medium,
        located.campaign_name,
        coalesce(
            located.campaign_source, located.campaign_medium, located.campaign_name
        ) is not null as has_campaign,
        -- What a page does by itself when it opens.
        events.event_type in ('page', 'screen')
        or events.event_name in (
            'Product Viewed', 'Product List Viewed', 'Promotion Viewed', 'Cart Viewed'
        ) as is_view
    from {{ ref('int_events_sessionized') }} as events
    left join {{ ref('int_visit_events_located') }} as located
        on events.message_id = located.message_id
),

sessions as (
    select
        session_id,
        min(user_id) as user_id,
        bool_and(is_anonymous) as is_anonymous,
        (array_agg(device_id order by event_number))[1] as device_id,
        min(source) as source,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        count(*) as events,
        sum(case when event_type in ('page', 'screen') then 1 else 0 end) as pages,
        sum(case when event_name = 'Product Viewed' and event_type = 'track' then 1 else 0 end)
            as product_views,
        sum(case when is_view then 0 else 1 end) as actions,
        min(case when place is not null then event_number end) as landing_number,
        min(case when has_campaign then event_number end) as campaign_number
    from events
    group by session_id
),

orders as (
    select
        matched.session_id,
        count(*) as orders,
        sum(fct_orders.revenue) as revenue
    from {{ ref('int_session_orders_matched') }} as matched
    inner join {{ ref('fct_orders') }} as fct_orders on matched.order_id = fct_orders.order_id
    group by matched.session_id
),

final as (
    select
        sessions.session_id,
        sessions.user_id,
        sessions.is_anonymous,
        sessions.device_id,
        sessions.source,
        sessions.started_at,
        sessions.ended_at,
        cast({{ seconds_between('sessions.started_at', 'sessions.ended_at') }} as double precision)
            as duration_seconds,
        cast(sessions.events as bigint) as events,
        cast(sessions.pages as bigint) as pages,
        cast(sessions.product_views as bigint) as product_views,
        landing.referrer,
        campaign.campaign_source,
        campaign.campaign_medium,
        campaign.campaign_name,
        landing.place as landing_page,
        sessions.actions = 0
        and sessions.pages <= 1
        and sessions.product_views <= 1
        and coalesce(orders.orders, 0) = 0 as is_bounced,
        coalesce(orders.orders, 0) > 0 as is_converted,
        cast(coalesce(orders.orders, 0) as bigint) as orders,
        {{ money('coalesce(orders.revenue, 0)') }} as revenue
    from sessions
    left join events as landing
        on
            sessions.session_id = landing.session_id
            and sessions.landing_number = landing.event_number
    left join events as campaign
        on
            sessions.session_id = campaign.session_id
            and sessions.campaign_number = campaign.event_number
    left join orders on sessions.session_id = orders.session_id
)

select * from final
