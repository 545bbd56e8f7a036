with

item_events as (
    select * from {{ ref('int_item_events_identified') }}
),

stitched as (
    select
        item_events.message_id,
        item_events.batch_id,
        item_events.event_name,
        item_events.order_id,
        {{ canonical_user('item_events') }} as user_id,
        {{ linked_at() }} as linked_at,
        {{ former_user() }} as former_user_id,
        item_events.occurred_at,
        item_events.received_at,
        item_events.source
    from {{ with_identities('item_events') }}
)

select * from stitched
