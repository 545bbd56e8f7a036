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

refunds as (
    select
        order_id,
        max(refunded_at) as refunded_at
    from {{ ref('int_refunds_deduplicated') }}
    where quarantine_reason is null
    group by order_id
),

refunded_values as (
    select
        order_id,
        sum(refunded_value) as refunded_value
    from {{ ref('int_order_refunds_allocated') }}
    group by order_id
),

joined as (
    select
        orders.order_id,
        orders.user_id,
        orders.ordered_at,
        cast(coalesce(totals.item_count, 0) as bigint) as item_count,
        {{ money('coalesce(totals.quantity, 0)') }} as quantity,
        {{ money('coalesce(totals.revenue, 0)') }} as revenue,
        {{ money('coalesce(refunded_values.refunded_value, 0)') }} as refunded_value,
        refunds.refunded_at,
        orders.source
    from orders
    left join totals on orders.order_id = totals.order_id
    left join refunds on orders.order_id = refunds.order_id
    left join refunded_values on orders.order_id = refunded_values.order_id
),

final as (
    select
        order_id,
        user_id,
        ordered_at,
        item_count,
        quantity,
        revenue,
        refunded_value,
        {{ money('revenue - refunded_value') }} as net_revenue,
        -- All of it, to half a cent.
        refunded_at is not null and revenue - refunded_value < 0.005 as is_refunded,
        refunded_at,
        source
    from joined
)

select * from final
