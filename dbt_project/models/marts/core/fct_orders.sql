with

orders as (
    select * from {{ ref('int_orders_deduplicated') }}
),

totals as (
    select
        order_id,
        count(*) as item_count,
        sum(quantity) as quantity,
        sum(value) as revenue
    from {{ ref('int_order_items_aggregated') }}
    group by order_id
),

final as (
    select
        orders.order_id,
        orders.user_id,
        orders.ordered_at,
        cast(coalesce(totals.item_count, 0) as bigint) as item_count,
        {{ money('coalesce(totals.quantity, 0)') }} as quantity,
        {{ money('coalesce(totals.revenue, 0)') }} as revenue,
        orders.source
    from orders
    left join totals on orders.order_id = totals.order_id
)

select * from final
