with

events as (
    select * from {{ ref('stg_aisle__events') }}
),

list_events as (
    select
        message_id,
        batch_id,
        properties
    from events
    where event_type = 'track' and event_name = 'Product List Viewed'
)

select * from list_events
