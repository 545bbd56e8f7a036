-- One row per date, with what is wrong on it. Users with an event in 364 days have rows of now.
with active as (
    select count(distinct user_id) as users
    from marts.fct_interactions
    where
        interacted_at > $as_of - interval 364 days
        and interacted_at <= $as_of
)

select
    as_of_date,
    count(*) as rows_of_date,
    min(user_id) as first_key,
    coalesce(as_of_date > $as_of, false) as is_after_as_of,
    count(user_id) < count(*) or count(item_id) < count(*) as has_null_keys,
    min(
        least(
            orders_1d, orders_ever, spend_1d, views_1d, clicks_1d, adds_1d, orders_hl7d,
            spend_hl7d, days_since_last_order, days_since_last_event,
            mean_days_between_orders, order_gap_variance
        )
    ) < 0 as has_negatives,
    not bool_and(
        orders_1d <= orders_7d and orders_7d <= orders_28d and orders_28d <= orders_91d
        and orders_91d <= orders_364d and orders_364d <= orders_ever
        and spend_1d <= spend_7d and spend_7d <= spend_28d and spend_28d <= spend_91d
        and spend_91d <= spend_364d
        and views_1d <= views_7d and views_7d <= views_28d and views_28d <= views_91d
        and views_91d <= views_364d
        and clicks_1d <= clicks_7d and clicks_7d <= clicks_28d and clicks_28d <= clicks_91d
        and adds_1d <= adds_7d and adds_7d <= adds_28d and adds_28d <= adds_91d
    ) as has_shrinking_windows,
    coalesce(
        min(order_share_since_first) < 0 or max(order_share_since_first) > 1, false
    ) as has_impossible_shares,
    as_of_date = $as_of
    and count(distinct user_id) < (select users from active) as has_missing_keys
from features.user_item_features
group by as_of_date
order by as_of_date
