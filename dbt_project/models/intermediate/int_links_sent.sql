with

events as (
    select * from {{ ref('stg_aisle__events') }}
),

links as (
    select
        message_id,
        case when event_type = 'track' then event_name else event_type end as kind,
        occurred_at,
        received_at
    from events
    where
        user_id is not null
        and (event_type in ('identify', 'alias') or anonymous_id is not null)
)

select * from links
