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
        least(orders_7d, users_7d, spend_28d, orders_hl7d, days_since_last_sale, order_lift_91d)
    ) < 0 as has_negatives,
    not bool_and(
        orders_7d <= orders_28d and orders_28d <= orders_91d and orders_91d <= orders_364d
        and users_7d <= users_28d and users_28d <= users_91d and users_91d <= users_364d
        and users_364d <= orders_364d
    ) as has_shrinking_windows,
    coalesce(min(order_share_91d) < 0 or max(order_share_91d) > 1.000001, false)
        as has_impossible_shares,
    as_of_date = $as_of
    and count(distinct item_id) < (select items from sold) as has_missing_keys
from features.item_segment_features
group by as_of_date
order by as_of_date
