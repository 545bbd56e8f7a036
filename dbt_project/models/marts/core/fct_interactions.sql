{{ config(materialized="view") }}

with

order_items as (
    select * from {{ ref('int_order_items_aggregated') }}
),

final as (
    select
        user_id,
        item_id,
        order_id,
        ordered_at as interacted_at,
        cast('Order Completed' as varchar) as event,
        quantity,
        value,
        (quantity = 0 or value = 0) as is_zero_value
    from order_items
)

select * from final
