with

events as (
    select
        message_id,
        event_type,
        user_id,
        anonymous_id,
        previous_id,
        occurred_at,
        received_at
    from {{ ref('stg_aisle__events') }}
    where user_id is not null
),

both_ids as (
    select
        anonymous_id,
        user_id,
        occurred_at,
        received_at,
        message_id,
        case when event_type in ('identify', 'alias') then event_type else 'event' end as how
    from events
    where anonymous_id is not null
),

aliases as (
    select
        events.previous_id as anonymous_id,
        events.user_id,
        events.occurred_at,
        events.received_at,
        events.message_id,
        'alias' as how
    from events
    left join {{ ref('int_known_users') }} as known on events.previous_id = known.user_id
    where
        events.event_type = 'alias'
        and events.previous_id is not null
        and (events.anonymous_id is null or events.anonymous_id <> events.previous_id)
        -- Else it gives a known user another name.
        and known.user_id is null
),

sightings as (
    select * from both_ids
    union all
    select * from aliases
),

-- The last word of one moment counts.
numbered as (
    select
        *,
        row_number() over (
            partition by anonymous_id, occurred_at
            order by received_at desc, message_id desc
        ) as newest_first
    from sightings
),

final as (
    select
        numbered.anonymous_id,
        coalesce(renamed.user_id, numbered.user_id) as user_id,
        numbered.occurred_at,
        coalesce(late.known_at, numbered.occurred_at) as known_at,
        renamed.known_at as renamed_at,
        numbered.message_id,
        numbered.how
    from numbered
    left join {{ ref('int_users_renamed') }} as renamed on numbered.user_id = renamed.id
    left join {{ ref('int_late_links') }} as late on numbered.message_id = late.message_id
    where numbered.newest_first = 1
)

select * from final
