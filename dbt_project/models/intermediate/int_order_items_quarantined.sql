{{ config(materialized='table') }}

with

rejected as (
    select * from {{ ref('int_order_items_unnested') }}
    where quarantine_reason is not null
),

numbered as (
    select
        order_id,
        row_number() over (partition by order_id order by original) as rejected_number,
        user_id,
        ordered_at,
        item_id,
        quarantine_reason as reason,
        original
    from rejected
)

select * from numbered
