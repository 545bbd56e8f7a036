{{ config(materialized='table') }}

with

-- Each order once for all dates, apart from lines that became known later.
lines as (
    select
        user_id,
        order_id,
        known_at,
        moved_at,
        min(interacted_at) as ordered_at,
        count(*) as item_count,
        {{ money('sum(value)') }} as value
    from {{ ref('int_interactions_sequenced') }}
    where event = 'Order Completed'
    group by user_id, order_id, known_at, moved_at
),

described as (
    select
        lines.*,
        coalesce(details.channel, orders.source) as channel,
        details.discount
    from lines
    inner join {{ ref('int_orders_deduplicated') }} as orders on lines.order_id = orders.order_id
    left join {{ ref('int_order_details') }} as details on orders.message_id = details.message_id
),

final as (
    select
        *,
        {{ row_hash([
            'user_id', 'order_id', 'known_at', 'ordered_at', 'item_count', 'value', 'channel',
            'discount',
        ]) }} as row_hash
    from described
)

select * from final
