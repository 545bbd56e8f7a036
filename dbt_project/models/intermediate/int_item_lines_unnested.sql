{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_unseen_messages() }}",
) }}

with

messages as (
    {{ messages_to_unfold() }}
),

lines as (
    {{ item_lines(
        'messages',
        ['message_id', 'batch_id', 'event_name'],
        alone="event_name <> 'Order Completed'"
    ) }}
),

extracted as (
    select
        message_id,
        batch_id,
        event_name = 'Order Completed' as is_order,
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
        message_id,
        batch_id,
        is_order,
        line,
        item_id,
        -- Only an order has pieces and money; looking at an item has neither.
        case
            when is_order and quantity_text is null then 1
            when is_order then quantity
        end as quantity,
        case
            when is_order then coalesce(line_total, price * coalesce(quantity, 1), 0)
        end as value
    from extracted
),

judged as (
    select
        message_id,
        batch_id,
        item_id,
        cast(quantity as double precision) as quantity,
        cast(value as double precision) as value,
        line,
        case
            when item_id is null then 'missing product_id'
            when is_order and quantity is null then 'unreadable quantity'
            when quantity < 0 then 'negative quantity'
            when value < 0 then 'negative value'
            -- Not-a-number and infinity compare as greater than any number.
            when quantity > 1e12 or value > 1e12 then 'number out of range'
        end as quarantine_reason
    from valued
),

final as (
    select
        message_id,
        batch_id,
        item_id,
        quantity,
        value,
        quarantine_reason,
        case when quarantine_reason is not null then cast(line as varchar) end as original
    from judged
)

select * from final
