with

weeks as (
    select * from {{ ref('int_user_weeks') }}
),

lives as (
    select
        is_latest,
        user_id,
        min(week) as first_week,
        max(week) as last_week
    from weeks
    where orders > 0
    group by is_latest, user_id
),

reported as (
    select
        lives.is_latest,
        lives.user_id,
        feature_dates.week,
        feature_dates.as_of_date
    from lives
    inner join {{ ref('int_feature_dates') }} as feature_dates
        on
            lives.is_latest = feature_dates.is_latest
            and feature_dates.week between lives.first_week and lives.last_week + 51
),

-- Weeks that are not reported stay in: the windows need them.
all_weeks as (
    select
        is_latest,
        user_id,
        week,
        reported.as_of_date,
        coalesce(weeks.orders, 0) as orders,
        coalesce(weeks.spend, 0) as spend,
        weeks.first_ordered_at,
        weeks.last_ordered_at,
        coalesce(weeks.order_lines, 0) as order_lines,
        coalesce(weeks.repeat_lines, 0) as repeat_lines,
        coalesce(weeks.items_28d_change, 0) as items_28d_change,
        coalesce(weeks.items_91d_change, 0) as items_91d_change,
        coalesce(weeks.items_364d_change, 0) as items_364d_change
    from reported
    full join weeks using (is_latest, user_id, week)
),

windowed as (
    select
        as_of_date,
        user_id,
        sum(orders) over last_28_days as orders_28d,
        sum(orders) over last_91_days as orders_91d,
        sum(orders) over last_364_days as orders_364d,
        sum(spend) over last_28_days as spend_28d,
        sum(spend) over last_91_days as spend_91d,
        sum(spend) over last_364_days as spend_364d,
        sum(items_28d_change) over until_now as items_28d,
        sum(items_91d_change) over until_now as items_91d,
        sum(items_364d_change) over until_now as items_364d,
        sum(order_lines) over last_364_days as order_lines_364d,
        sum(repeat_lines) over last_364_days as repeat_lines_364d,
        sum(orders) over until_now as orders_ever,
        min(first_ordered_at) over until_now as first_ordered_at,
        max(last_ordered_at) over until_now as last_ordered_at
    from all_weeks
    window
        last_28_days as {{ last_days('user_id', 28) }},
        last_91_days as {{ last_days('user_id', 91) }},
        last_364_days as {{ last_days('user_id', 364) }},
        until_now as (partition by is_latest, user_id order by week)
),

active as (
    select * from windowed
    where
        as_of_date is not null
        and orders_364d > 0
),

final as (
    select
        as_of_date,
        user_id,
        cast(orders_28d as bigint) as orders_28d,
        cast(orders_91d as bigint) as orders_91d,
        cast(orders_364d as bigint) as orders_364d,
        {{ money('spend_28d') }} as spend_28d,
        {{ money('spend_91d') }} as spend_91d,
        {{ money('spend_364d') }} as spend_364d,
        cast(items_28d as bigint) as items_28d,
        cast(items_91d as bigint) as items_91d,
        cast(items_364d as bigint) as items_364d,
        cast(order_lines_364d as double precision) / orders_364d as mean_basket_size_364d,
        {{ money('spend_364d') }} / orders_364d as mean_basket_value_364d,
        {{ days_between('last_ordered_at', 'as_of_date') }} as days_since_last_order,
        {{ days_between('first_ordered_at', 'last_ordered_at') }} / nullif(orders_ever - 1, 0)
            as mean_days_between_orders,
        cast(repeat_lines_364d as double precision) / order_lines_364d as repeat_line_share_364d
    from active
)

select * from final
