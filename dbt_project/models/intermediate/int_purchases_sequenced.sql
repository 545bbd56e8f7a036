{{ config(materialized='table') }}

with

order_items as (
    select * from {{ ref('int_order_items_aggregated') }}
    where ordered_at <= {{ as_of() }}
),

sequenced as (
    select
        user_id,
        item_id,
        order_id,
        ordered_at,
        quantity,
        value,
        row_number() over pair as purchase_number,
        lag(ordered_at) over pair as previous_ordered_at,
        lead(ordered_at) over pair as next_ordered_at
    from order_items
    window pair as (partition by user_id, item_id order by ordered_at, order_id)
)

select * from sequenced
