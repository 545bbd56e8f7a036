-- One row per user who has a row of today or should have one: an event in the 364 days up to now.
with active as (
    select distinct user_id
    from marts.fct_interactions
    where
        interacted_at > $as_of - interval 364 days
        and interacted_at <= $as_of
),

today as (
    select *
    from features.user_features
    where as_of_date = $as_of
)

select
    coalesce(today.user_id, active.user_id) as user_id,
    today.as_of_date,
    today.orders_364d,
    today.spend_364d,
    today.repeat_line_share_364d,
    today.days_since_last_order,
    today.as_of_date is null as is_missing,
    coalesce(
        not (
            today.orders_28d <= today.orders_91d
            and today.orders_91d <= today.orders_364d
            and today.items_28d <= today.items_91d
            and today.items_91d <= today.items_364d
        ),
        false
    ) as has_shrinking_windows
from today
full join active on today.user_id = active.user_id
