-- One row per date, with what is wrong on it. Items sold in 364 days have rows of now.
with sold as (
    select count(distinct item_id) as items
    from marts.fct_interactions
    where
        event = 'Order Completed'
        and interacted_at > $as_of - interval 364 days
        and interacted_at <= $as_of
)

select
    as_of_date,
    count(*) as rows_of_date,
    min(item_id) as first_key,
    coalesce(as_of_date > $as_of, false) as is_after_as_of,
    count(item_id) < count(*) or count(segment) < count(*) as has_null_keys,
    min(
        least(
            orders_1d, users_1d, spend_1d, orders_hl7d, users_hl7d, spend_hl7d,
            days_since_last_sale, mean_days_between_purchases, variance_days_between_purchases,
            purchase_gap_ratio, order_lift_91d
        )
    ) < 0 as has_negatives,
    not bool_and(
        orders_1d <= orders_7d and orders_7d <= orders_28d and orders_28d <= orders_91d
        and orders_91d <= orders_364d
        and users_1d <= users_7d and users_7d <= users_28d and users_28d <= users_91d
        and users_91d <= users_364d
        and users_1d <= orders_1d and users_364d <= orders_364d
        and spend_1d <= spend_7d and spend_7d <= spend_28d and spend_28d <= spend_91d
        and spend_91d <= spend_364d
        and orders_hl7d <= orders_hl28d and orders_hl28d <= orders_hl91d
        and orders_hl91d <= orders_hl182d
        and users_hl7d <= users_hl28d and users_hl28d <= users_hl91d
        and users_hl91d <= users_hl182d
        and spend_hl7d <= spend_hl28d and spend_hl28d <= spend_hl91d
        and spend_hl91d <= spend_hl182d
    ) as has_shrinking_windows,
    coalesce(min(order_share_91d) < 0 or max(order_share_91d) > 1.000001, false)
        as has_impossible_shares,
    as_of_date = $as_of
    and count(distinct item_id) < (select items from sold) as has_missing_keys
from features.item_segment_features
group by as_of_date
order by as_of_date
