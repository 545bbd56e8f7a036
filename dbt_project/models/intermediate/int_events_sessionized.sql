{{ config(materialized='table') }}

with

-- What somebody does; that an id was named or money went back is no visit.
activity as (
    select
        message_id,
        event_type,
        event_name,
        user_id,
        linked_at,
        former_user_id,
        is_named,
        is_anonymous,
        device_id,
        occurred_at,
        received_at,
        source,
        -- Orders and reviews also come from tills, servers and files.
        event_type <> 'track'
        or coalesce(event_name, '') not in ('Order Completed', 'Product Reviewed') as is_browsing
    from {{ ref('int_events_stitched') }}
    where
        user_id is not null
        and device_id is not null
        and event_type in ('track', 'page', 'screen')
        and coalesce(event_name, '') <> 'Order Refunded'
),

keyed as (
    select
        activity.*,
        coalesce(activity.source, '') as sender,
        -- Two of the shop's own sessions are never one.
        coalesce(located.shop_session_id, activity.device_id) as device_key
    from activity
    left join {{ ref('int_visit_events_located') }} as located
        on activity.message_id = located.message_id
),

browsed_devices as (
    select distinct
        sender,
        device_key
    from keyed
    where is_browsing
),

browsed as (
    select keyed.*
    from keyed
    inner join browsed_devices using (sender, device_key)
),

paused as (
    select
        *,
        case
            when
                occurred_at
                > lag(occurred_at) over in_device
                + interval '{{ var("session_timeout_minutes") }} minutes'
                then 1
            else 0
        end as is_after_pause
    from browsed
    window in_device as (
        partition by sender, device_key order by occurred_at, received_at, message_id
    )
),

visits as (
    select
        *,
        sum(is_after_pause) over (
            partition by sender, device_key
            order by occurred_at, received_at, message_id
            rows unbounded preceding
        ) as visit_number
    from paused
),

-- Only another known user ends a visit early: a visitor who signs in stays in it.
handed_over as (
    select
        *,
        case
            when not is_anonymous and user_id <> lag(user_id) over of_same_kind then 1
            else 0
        end as is_other_user
    from visits
    window of_same_kind as (
        partition by sender, device_key, visit_number, is_anonymous
        order by occurred_at, received_at, message_id
    )
),

divided as (
    select
        *,
        sum(is_other_user) over (
            partition by sender, device_key, visit_number
            order by occurred_at, received_at, message_id
            rows unbounded preceding
        ) as part_number
    from handed_over
),

numbered as (
    select
        *,
        row_number() over in_session as event_number,
        first_value(message_id) over in_session as first_message_id,
        first_value(user_id) over in_session as first_user_id,
        -- A session has one known user at most.
        max(case when not is_anonymous then user_id end) over whole_session as known_user_id,
        -- Since when that was known, and for whose it was taken before.
        min(case when not is_anonymous then greatest(occurred_at, linked_at) end)
            over whole_session as user_known_at,
        max(case when is_named then former_user_id end) over whole_session as former_name,
        first_value(coalesce(former_user_id, user_id)) over in_session as first_former_user_id,
        max(case when is_browsing then 1 else 0 end) over whole_session as has_browsing
    from divided
    window
        in_session as (
            partition by sender, device_key, visit_number, part_number
            order by occurred_at, received_at, message_id
        ),
        whole_session as (partition by sender, device_key, visit_number, part_number)
),

sessionized as (
    select
        message_id,
        md5(sender || '|' || device_key || '|' || first_message_id) as session_id,
        cast(event_number as integer) as event_number,
        coalesce(known_user_id, first_user_id) as user_id,
        known_user_id is null as is_anonymous,
        user_known_at,
        coalesce(former_name, first_former_user_id) as former_user_id,
        former_name is null as was_anonymous,
        device_id,
        source,
        event_type,
        event_name,
        occurred_at
    from numbered
    where has_browsing = 1
)

select * from sessionized
