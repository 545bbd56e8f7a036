{{ config(materialized='table') }}

with

item_events as (
    select * from {{ ref('int_item_events_stitched') }}
    where event_name <> 'Order Completed'
),

accepted as (
    select * from {{ ref('int_item_lines_unnested') }}
    where quarantine_reason is null
),

named_once as (
    select distinct
        item_events.message_id,
        accepted.item_id,
        item_events.user_id,
        item_events.occurred_at,
        coalesce(late.known_at, item_events.occurred_at) as told_at,
        item_events.linked_at,
        item_events.former_user_id,
        item_events.event_name
    from item_events
    inner join accepted on item_events.message_id = accepted.message_id
    left join {{ ref('int_late_messages') }} as late on item_events.message_id = late.message_id
),

final as (
    select
        message_id,
        item_id,
        user_id,
        occurred_at,
        told_at,
        greatest(told_at, linked_at) as known_at,
        case when linked_at > told_at then former_user_id end as former_user_id,
        event_name
    from named_once
)

select * from final
