-- One row per date of the grid, with what is wrong on it.
select
    as_of_date,
    count(*) as rows_of_date,
    min(item_id) as first_key,
    coalesce(as_of_date > $as_of, false) as is_after_as_of,
    count(item_id) < count(*) as has_null_keys,
    count(distinct item_id) < count(item_id) as has_duplicates,
    coalesce(
        min(
            least(
                orders_7d, orders_28d, orders_91d, orders_364d,
                users_7d, users_28d, users_91d, users_364d,
                order_trend_28d, mean_unit_value_364d, days_since_last_sale, rebuy_rate
            )
        ) < 0,
        false
    ) as has_negatives
from features.item_features
group by as_of_date
order by as_of_date
