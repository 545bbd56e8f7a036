{{ config(materialized='table') }}

with

orders as (
    select * from {{ ref('int_orders_deduplicated') }}
),

lines as (
    select
        order_id,
        user_id,
        ordered_at,
        {{ json_array_rows('properties', 'products') }} as line
    from orders
),

extracted as (
    select
        order_id,
        user_id,
        ordered_at,
        line,
        {{ json_text('line', 'product_id') }} as item_id,
        {{ json_text('line', 'quantity') }} as quantity_text,
        {{ json_number('line', 'quantity') }} as quantity,
        {{ json_number('line', 'price') }} as price,
        {{ json_number('line', 'line_total') }} as line_total
    from lines
),

valued as (
    select
        order_id,
        user_id,
        ordered_at,
        item_id,
        quantity_text,
        line,
        case when quantity_text is null then 1 else quantity end as quantity,
        coalesce(line_total, price * coalesce(quantity, 1), 0) as value
    from extracted
),

judged as (
    select
        order_id,
        user_id,
        ordered_at,
        item_id,
        quantity,
        value,
        line,
        case
            when item_id is null then 'missing product_id'
            when quantity is null then 'unreadable quantity'
            when quantity < 0 then 'negative quantity'
            when value < 0 then 'negative value'
            -- Not-a-number and infinity compare as greater than any number.
            when quantity > 1e12 or value > 1e12 then 'number out of range'
        end as quarantine_reason
    from valued
),

final as (
    select
        order_id,
        user_id,
        ordered_at,
        item_id,
        cast(quantity as double precision) as quantity,
        cast(value as double precision) as value,
        quarantine_reason,
        case when quarantine_reason is not null then cast(line as varchar) end as original
    from judged
)

select * from final
