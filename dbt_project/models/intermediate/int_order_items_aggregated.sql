{{ config(materialized='table') }}

with

orders as (
    select * from {{ ref('int_orders_deduplicated') }}
),

accepted as (
    select * from {{ ref('int_item_lines_unnested') }}
    where quarantine_reason is null
),

order_items as (
    select
        orders.order_id,
        accepted.item_id,
        -- An order has one user and one time.
        min(orders.user_id) as user_id,
        min(orders.ordered_at) as ordered_at,
        {{ money('sum(accepted.quantity)') }} as quantity,
        {{ money('sum(accepted.value)') }} as value
    from orders
    inner join accepted on orders.message_id = accepted.message_id
    group by orders.order_id, accepted.item_id
)

select * from order_items
