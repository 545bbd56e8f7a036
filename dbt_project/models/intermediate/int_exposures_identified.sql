{{ config(materialized='table') }}

with

events as (
    select * from {{ ref('int_events_stitched') }}
    where event_name = 'Product List Viewed' and user_id is not null
),

items as (
    select * from {{ ref('int_list_items_unnested') }}
    where quarantine_reason is null
),

exposures as (
    select
        items.message_id,
        items.position,
        items.item_id,
        items.list_id,
        items.category,
        items.recommendation_id,
        events.user_id,
        events.device_id,
        events.occurred_at as shown_at,
        events.source
    from items
    inner join events on items.message_id = events.message_id
)

select * from exposures
