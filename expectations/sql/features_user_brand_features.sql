-- One row per date, with what is wrong on it. Brands of now come from the rows of items of now.
with active as (
    select count(distinct user_id) as users
    from features.user_item_features
    inner join marts.dim_items using (item_id)
    where
        as_of_date = $as_of
        and brand is not null
        and brand <> ''
)

select
    as_of_date,
    count(*) as rows_of_date,
    min(user_id) as first_key,
    coalesce(as_of_date > $as_of, false) as is_after_as_of,
    count(user_id) < count(*) or count(brand) < count(*) as has_null_keys,
    min(
        least(
            order_lines_28d, spend_364d, views_28d, order_lines_hl91d, days_since_last_order,
            days_since_last_event
        )
    ) < 0 as has_negatives,
    not bool_and(order_lines_28d <= order_lines_364d) as has_shrinking_windows,
    min(least(order_line_share_364d, order_line_share_hl91d, interaction_share_hl91d)) < 0
    or max(greatest(order_line_share_364d, order_line_share_hl91d, interaction_share_hl91d)) > 1.000001
        as has_impossible_shares,
    as_of_date = $as_of
    and count(distinct user_id) < (select users from active) as has_missing_keys
from features.user_brand_features
group by as_of_date
order by as_of_date
