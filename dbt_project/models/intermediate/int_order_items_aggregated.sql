{{ config(materialized='table') }}

with

accepted as (
    select * from {{ ref('int_order_items_unnested') }}
    where quarantine_reason is null
),

order_items as (
    select
        order_id,
        item_id,
        -- An order has one user and one time.
        min(user_id) as user_id,
        min(ordered_at) as ordered_at,
        {{ money('sum(quantity)') }} as quantity,
        {{ money('sum(value)') }} as value
    from accepted
    group by order_id, item_id
)

select * from order_items
