-- One row per date of the grid, with what is wrong on it.
select
    as_of_date,
    count(*) as rows_of_date,
    min(user_id) as first_key,
    coalesce(as_of_date > $as_of, false) as is_after_as_of,
    count(user_id) < count(*) as has_null_keys,
    count(distinct user_id) < count(user_id) as has_duplicates,
    coalesce(
        min(
            least(
                orders_28d, orders_91d, orders_364d, spend_28d, spend_91d, spend_364d,
                items_28d, items_91d, items_364d, mean_basket_size_364d,
                mean_basket_value_364d, days_since_last_order, repeat_line_share_364d
            )
        ) < 0,
        false
    ) as has_negatives
from features.user_features
group by as_of_date
order by as_of_date
