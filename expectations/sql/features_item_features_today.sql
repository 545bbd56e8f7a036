-- One row per item that has a row of today or should have one: an event in the 182 days up to now.
with active as (
    select distinct item_id
    from marts.fct_interactions
    where
        interacted_at > $as_of - interval 182 days
        and interacted_at <= $as_of
),

today as (
    select *
    from features.item_features
    where as_of_date = $as_of
)

select
    coalesce(today.item_id, active.item_id) as item_id,
    today.as_of_date,
    today.rebuy_rate,
    today.days_since_last_sale,
    today.as_of_date is null as is_missing,
    coalesce(
        not (
            today.orders_7d <= today.orders_28d
            and today.orders_28d <= today.orders_91d
            and today.orders_91d <= today.orders_364d
        ),
        false
    ) as has_shrinking_windows,
    coalesce(
        today.users_7d > today.orders_7d
        or today.users_28d > today.orders_28d
        or today.users_91d > today.orders_91d
        or today.users_364d > today.orders_364d,
        false
    ) as has_more_users_than_orders
from today
full join active on today.item_id = active.item_id
