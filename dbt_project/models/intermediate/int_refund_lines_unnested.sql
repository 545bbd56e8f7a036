{{ config(materialized='table') }}

with

refunds as (
    select * from {{ ref('int_refunds_deduplicated') }}
),

lines as (
    {{ item_lines('refunds', ['message_id', 'order_id']) }}
),

extracted as (
    select
        message_id,
        order_id,
        line,
        {{ json_text('line', 'product_id') }} as item_id,
        {{ json_text('line', 'quantity') }} as quantity_text,
        {{ json_number('line', 'quantity') }} as quantity,
        {{ json_number('line', 'price') }} as price,
        {{ json_number('line', 'line_total') }} as line_total
    from lines
),

order_items as (
    select
        order_id,
        item_id,
        quantity,
        value
    from {{ ref('int_order_items_aggregated') }}
),

valued as (
    select
        extracted.message_id,
        extracted.order_id,
        extracted.item_id,
        extracted.line,
        extracted.quantity_text,
        extracted.quantity,
        order_items.item_id is not null as is_in_order,
        -- A line that says no money gives back what its pieces cost in the order.
        coalesce(
            extracted.line_total,
            extracted.price * coalesce(extracted.quantity, 1),
            case
                when extracted.quantity is null then order_items.value
                else order_items.value / nullif(order_items.quantity, 0) * extracted.quantity
            end
        ) as value
    from extracted
    left join order_items
        on
            extracted.order_id = order_items.order_id
            and extracted.item_id = order_items.item_id
),

judged as (
    select
        message_id,
        order_id,
        item_id,
        is_in_order,
        cast(value as double precision) as value,
        line,
        case
            when item_id is null then 'missing product_id'
            when quantity_text is not null and quantity is null then 'unreadable quantity'
            when quantity < 0 then 'negative quantity'
            when value < 0 then 'negative value'
            when quantity > 1e12 or value > 1e12 then 'number out of range'
        end as quarantine_reason
    from valued
),

final as (
    select
        message_id,
        order_id,
        item_id,
        is_in_order,
        value,
        quarantine_reason,
        case when quarantine_reason is not null then cast(line as varchar) end as original
    from judged
)

select * from final
