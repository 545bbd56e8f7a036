{{ config(materialized='table') }}

with

purchases as (
    select
        is_latest,
        user_id,
        {{ counted_week('week') }} as week,
        count(*) as order_lines,
        count(distinct order_id) as orders,
        sum(value) as spend,
        sum(case when purchase_number > 1 then 1 else 0 end) as repeat_lines,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at,
        sum({{ enters(28) }}) as entered_28d,
        sum({{ enters(91) }}) as entered_91d,
        sum({{ enters(364) }}) as entered_364d
    from {{ ref('int_purchase_weeks') }}
    group by 1, 2, 3
),

expired as (
    {{ expiries('user_id', [28, 91, 364]) }}
),

joined as (
    select
        is_latest,
        user_id,
        week,
        cast(coalesce(purchases.orders, 0) as integer) as orders,
        {{ money('coalesce(purchases.spend, 0)') }} as spend,
        purchases.first_ordered_at,
        purchases.last_ordered_at,
        cast(coalesce(purchases.order_lines, 0) as integer) as order_lines,
        cast(coalesce(purchases.repeat_lines, 0) as integer) as repeat_lines,
        cast(coalesce(purchases.entered_28d, 0) - coalesce(expired.expired_28d, 0) as integer)
            as items_28d_change,
        cast(coalesce(purchases.entered_91d, 0) - coalesce(expired.expired_91d, 0) as integer)
            as items_91d_change,
        cast(coalesce(purchases.entered_364d, 0) - coalesce(expired.expired_364d, 0) as integer)
            as items_364d_change
    from purchases
    full join expired using (is_latest, user_id, week)
)

select * from joined
