with

events as (
    select * from {{ ref('stg_aisle__events') }}
),

item_events as (
    select
        message_id,
        batch_id,
        event_name,
        user_id,
        anonymous_id,
        occurred_at,
        received_at,
        source,
        properties
    from events
    where
        event_type = 'track'
        and event_name in {{ item_events() }}
        and coalesce(user_id, anonymous_id) is not null
)

select * from item_events
