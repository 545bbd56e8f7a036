with

events as (
    select * from {{ ref('stg_aisle__events') }}
),

stitched as (
    select
        events.message_id,
        events.event_type,
        events.event_name,
        {{ canonical_user('events') }} as user_id,
        {{ linked_at() }} as linked_at,
        {{ former_user() }} as former_user_id,
        events.user_id is not null as is_named,
        events.user_id is null and coalesce(visitors.is_anonymous, true) as is_anonymous,
        coalesce(
            events.anonymous_id,
            {{ json_path_text('events.context', ['device', 'id']) }},
            events.user_id
        ) as device_id,
        events.occurred_at,
        events.received_at,
        events.source,
        events.properties,
        events.context,
        events.batch_id
    from {{ with_identities('events') }}
)

select * from stitched
