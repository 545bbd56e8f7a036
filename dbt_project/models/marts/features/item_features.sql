with

weeks as (
    select * from {{ ref('int_item_weeks') }}
),

lives as (
    select
        is_latest,
        item_id,
        min(week) as first_week,
        max(week) as last_week
    from weeks
    where orders > 0
    group by is_latest, item_id
),

reported as (
    select
        lives.is_latest,
        lives.item_id,
        feature_dates.week,
        feature_dates.as_of_date
    from lives
    inner join {{ ref('int_feature_dates') }} as feature_dates
        on
            lives.is_latest = feature_dates.is_latest
            and feature_dates.week between lives.first_week and lives.last_week + 25
),

-- Weeks that are not reported stay in: the windows need them.
all_weeks as (
    select
        is_latest,
        item_id,
        week,
        reported.as_of_date,
        coalesce(weeks.orders, 0) as orders,
        coalesce(weeks.quantity, 0) as quantity,
        coalesce(weeks.value, 0) as value,
        coalesce(weeks.new_buyers, 0) as new_buyers,
        coalesce(weeks.new_rebuyers, 0) as new_rebuyers,
        weeks.last_ordered_at,
        coalesce(weeks.users_7d, 0) as users_7d,
        coalesce(weeks.users_28d_change, 0) as users_28d_change,
        coalesce(weeks.users_91d_change, 0) as users_91d_change,
        coalesce(weeks.users_364d_change, 0) as users_364d_change
    from reported
    full join weeks using (is_latest, item_id, week)
),

windowed as (
    select
        as_of_date,
        item_id,
        orders as orders_7d,
        sum(orders) over last_28_days as orders_28d,
        sum(orders) over last_91_days as orders_91d,
        sum(orders) over last_364_days as orders_364d,
        users_7d,
        sum(users_28d_change) over until_now as users_28d,
        sum(users_91d_change) over until_now as users_91d,
        sum(users_364d_change) over until_now as users_364d,
        sum(quantity) over last_364_days as quantity_364d,
        sum(value) over last_364_days as value_364d,
        max(last_ordered_at) over until_now as last_sold_at,
        sum(new_buyers) over until_now as buyers,
        sum(new_rebuyers) over until_now as rebuyers
    from all_weeks
    window
        last_28_days as {{ last_days('item_id', 28) }},
        last_91_days as {{ last_days('item_id', 91) }},
        last_364_days as {{ last_days('item_id', 364) }},
        until_now as (partition by is_latest, item_id order by week)
),

active as (
    select * from windowed
    where
        as_of_date is not null
        and last_sold_at >= as_of_date - interval '182 days'
),

final as (
    select
        as_of_date,
        item_id,
        cast(orders_7d as bigint) as orders_7d,
        cast(orders_28d as bigint) as orders_28d,
        cast(orders_91d as bigint) as orders_91d,
        cast(orders_364d as bigint) as orders_364d,
        cast(users_7d as bigint) as users_7d,
        cast(users_28d as bigint) as users_28d,
        cast(users_91d as bigint) as users_91d,
        cast(users_364d as bigint) as users_364d,
        coalesce(cast(orders_28d * 91 as double precision) / nullif(orders_91d * 28, 0), 0)
            as order_trend_28d,
        {{ money('value_364d') }} / nullif(quantity_364d, 0) as mean_unit_value_364d,
        {{ days_between('last_sold_at', 'as_of_date') }} as days_since_last_sale,
        cast(rebuyers as double precision) / buyers as rebuy_rate
    from active
)

select * from final
