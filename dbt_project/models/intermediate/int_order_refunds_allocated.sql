{{ config(materialized='table') }}

with

refunds as (
    select * from {{ ref('int_refunds_deduplicated') }}
    where quarantine_reason is null
),

lines as (
    select
        message_id,
        count(*) as line_count,
        sum(case when quarantine_reason is null then value end) as value,
        sum(case when quarantine_reason is null and is_in_order then value end) as value_of_items
    from {{ ref('int_refund_lines_unnested') }}
    group by message_id
),

order_items as (
    select
        order_id,
        item_id,
        value
    from {{ ref('int_order_items_aggregated') }}
    where order_id in (select refunds.order_id from refunds)
),

-- Lines say it best, then the total; a refund that names neither gives everything back.
amounts as (
    select
        refunds.order_id,
        greatest(0, sum(
            case
                when lines.value is not null then lines.value - coalesce(lines.value_of_items, 0)
                when refunds.total is not null then refunds.total
                when lines.line_count is null then 1e15
                else 0
            end
        )) as unassigned
    from refunds
    left join lines on refunds.message_id = lines.message_id
    group by refunds.order_id
),

item_refunds as (
    select
        lines.order_id,
        lines.item_id,
        sum(lines.value) as value
    from {{ ref('int_refund_lines_unnested') }} as lines
    inner join refunds on lines.message_id = refunds.message_id
    where lines.quarantine_reason is null and lines.is_in_order
    group by lines.order_id, lines.item_id
),

named as (
    select
        order_items.order_id,
        order_items.item_id,
        order_items.value,
        amounts.unassigned,
        least(coalesce(item_refunds.value, 0), order_items.value) as named_value
    from order_items
    inner join amounts on order_items.order_id = amounts.order_id
    left join item_refunds
        on
            order_items.order_id = item_refunds.order_id
            and order_items.item_id = item_refunds.item_id
),

left_over as (
    select
        *,
        value - named_value as unrefunded,
        sum(value - named_value) over (partition by order_id) as unrefunded_of_order
    from named
),

-- What names no item of the order is spread over what is left of it; never more than that.
allocated as (
    select
        order_id,
        item_id,
        {{ money('''
            named_value + case
                when unassigned >= unrefunded_of_order then unrefunded
                else unassigned * unrefunded / unrefunded_of_order
            end
        ''') }} as refunded_value
    from left_over
)

select * from allocated
