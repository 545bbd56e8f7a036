{{ config(materialized='table') }}

with

described as (
    select
        sessionized.*,
        devices.device_type
    from {{ ref('int_events_sessionized') }} as sessionized
    left join {{ ref('int_visit_devices') }} as devices
        on sessionized.message_id = devices.message_id
),

-- Until it was known whose they were, they were a visitor's.
events as (
    select
        session_id,
        user_id,
        occurred_at,
        greatest(occurred_at, user_known_at) as known_at,
        cast(null as timestamp) as moved_at,
        device_type
    from described
    union all
    select
        session_id,
        former_user_id as user_id,
        occurred_at,
        occurred_at as known_at,
        user_known_at as moved_at,
        device_type
    from described
    where user_known_at > occurred_at
),

visits as (
    select
        session_id,
        user_id,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        -- From its closing on nothing can join it any more.
        greatest(
            max(occurred_at) + interval '{{ var("session_timeout_minutes") }} minutes',
            max(known_at)
        ) as known_at,
        max(moved_at) as moved_at,
        count(*) as events
    from events
    group by session_id, user_id
),

summed as (
    select
        pair_dates.as_of_date,
        visits.user_id,
        count(*) as sessions_91d,
        {{ rounded('avg(' ~ seconds_between('visits.started_at', 'visits.ended_at') ~ ')') }}
            as mean_session_seconds_91d,
        {{ rounded('avg(visits.events)') }} as mean_session_events_91d,
        max(visits.ended_at) as last_session_at
    from visits
    inner join {{ ref('int_pair_dates') }} as pair_dates
        on
            {{ is_known('visits', 'pair_dates.known_until') }}
            and visits.ended_at >= pair_dates.known_until - interval '91 days'
    group by pair_dates.as_of_date, visits.user_id
),

devices as (
    select
        pair_dates.as_of_date,
        events.user_id,
        events.device_type,
        row_number() over (
            partition by pair_dates.as_of_date, events.user_id
            order by count(*) desc, events.device_type asc
        ) as most_first
    from events
    inner join {{ ref('int_pair_dates') }} as pair_dates
        on
            {{ is_known('events', 'pair_dates.known_until') }}
            and events.occurred_at >= pair_dates.known_until - interval '91 days'
    where events.device_type is not null
    group by pair_dates.as_of_date, events.user_id, events.device_type
),

main_devices as (
    select
        as_of_date,
        user_id,
        device_type
    from devices
    where most_first = 1
),

final as (
    select
        as_of_date,
        user_id,
        coalesce(summed.sessions_91d, 0) as sessions_91d,
        summed.mean_session_seconds_91d,
        summed.mean_session_events_91d,
        {{ days_between('summed.last_session_at', 'as_of_date') }} as days_since_last_session,
        main_devices.device_type as main_device_type_91d
    from summed
    full join main_devices using (as_of_date, user_id)
)

select * from final
