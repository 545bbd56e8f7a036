{{ config(materialized='table') }}

with

sales as (
    select
        is_latest,
        item_id,
        {{ counted_week('week') }} as week,
        count(*) as orders,
        sum(quantity) as quantity,
        sum(value) as value,
        sum(case when purchase_number = 1 then 1 else 0 end) as new_buyers,
        sum(case when purchase_number = 2 then 1 else 0 end) as new_rebuyers,
        max(ordered_at) as last_ordered_at,
        sum({{ enters(7) }}) as users_7d,
        sum({{ enters(28) }}) as entered_28d,
        sum({{ enters(91) }}) as entered_91d,
        sum({{ enters(364) }}) as entered_364d
    from {{ ref('int_purchase_weeks') }}
    group by 1, 2, 3
),

expired as (
    {{ expiries('item_id', [28, 91, 364]) }}
),

joined as (
    select
        is_latest,
        item_id,
        week,
        cast(coalesce(sales.orders, 0) as integer) as orders,
        {{ money('coalesce(sales.quantity, 0)') }} as quantity,
        {{ money('coalesce(sales.value, 0)') }} as value,
        cast(coalesce(sales.new_buyers, 0) as integer) as new_buyers,
        cast(coalesce(sales.new_rebuyers, 0) as integer) as new_rebuyers,
        sales.last_ordered_at,
        cast(coalesce(sales.users_7d, 0) as integer) as users_7d,
        cast(coalesce(sales.entered_28d, 0) - coalesce(expired.expired_28d, 0) as integer)
            as users_28d_change,
        cast(coalesce(sales.entered_91d, 0) - coalesce(expired.expired_91d, 0) as integer)
            as users_91d_change,
        cast(coalesce(sales.entered_364d, 0) - coalesce(expired.expired_364d, 0) as integer)
            as users_364d_change
    from sales
    full join expired using (is_latest, item_id, week)
)

select * from joined
