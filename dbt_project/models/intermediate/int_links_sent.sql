with

events as (
    select * from {{ ref('stg_aisle__events') }}
),

links as (
    select
        message_id,
        event_type,
        occurred_at,
        received_at
    from events
    where event_type in ('identify', 'alias') and user_id is not null
)

select * from links
