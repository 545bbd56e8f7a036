-- One row per date, with what is wrong on it. Categories of now come from the rows of items of now.
with active as (
    select count(distinct user_id) as users
    from features.user_item_features
    inner join marts.dim_items using (item_id)
    where
        as_of_date = $as_of
        and category is not null
        and category <> ''
)

select
    as_of_date,
    count(*) as rows_of_date,
    min(user_id) as first_key,
    coalesce(as_of_date > $as_of, false) as is_after_as_of,
    count(user_id) < count(*) or count(category) < count(*) as has_null_keys,
    min(
        least(
            order_lines_1d, items_1d, spend_1d, views_1d, clicks_1d, adds_1d, order_lines_hl7d,
            items_hl7d, spend_hl7d, days_since_last_order, days_since_last_event,
            mean_days_between_orders, order_gap_variance
        )
    ) < 0 as has_negatives,
    not bool_and(
        order_lines_1d <= order_lines_7d and order_lines_7d <= order_lines_28d
        and order_lines_28d <= order_lines_91d and order_lines_91d <= order_lines_364d
        and items_1d <= items_7d and items_7d <= items_28d and items_28d <= items_91d
        and items_91d <= items_364d
        and items_1d <= order_lines_1d and items_364d <= order_lines_364d
        and spend_1d <= spend_7d and spend_7d <= spend_28d and spend_28d <= spend_91d
        and spend_91d <= spend_364d
        and views_1d <= views_7d and views_7d <= views_28d and views_28d <= views_91d
        and views_91d <= views_364d
        and clicks_1d <= clicks_7d and clicks_7d <= clicks_28d and clicks_28d <= clicks_91d
        and adds_1d <= adds_7d and adds_7d <= adds_28d and adds_28d <= adds_91d
    ) as has_shrinking_windows,
    min(least(order_line_share_364d, order_line_share_hl91d, interaction_share_hl91d)) < 0
    or max(greatest(order_line_share_364d, order_line_share_hl91d, interaction_share_hl91d)) > 1.000001
        as has_impossible_shares,
    as_of_date = $as_of
    and count(distinct user_id) < (select users from active) as has_missing_keys
from features.user_category_features
group by as_of_date
order by as_of_date
