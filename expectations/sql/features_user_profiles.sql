-- One row per date, with what is wrong on it. Users with an event on an item have rows of now.
with active as (
    select count(distinct user_id) as users
    from marts.fct_interactions
    where interacted_at <= $as_of
)

select
    as_of_date,
    count(*) as rows_of_date,
    min(user_id) as first_key,
    coalesce(as_of_date > $as_of, false) as is_after_as_of,
    count(user_id) < count(*) as has_null_keys,
    coalesce(
        min(
            least(
                sessions_91d, mean_session_seconds_91d, days_since_last_session, channels_364d,
                basket_value_variation_364d, order_gap_variation_364d
            )
        ) < 0,
        false
    ) as has_negatives,
    false as has_shrinking_windows,
    coalesce(
        min(
            least(
                main_channel_share_364d, order_share_night_364d, order_share_monday_364d,
                discount_order_share_364d, discount_rate_364d, price_level_364d
            )
        ) < 0
        or max(
            greatest(
                main_channel_share_364d, order_share_night_364d, order_share_monday_364d,
                discount_order_share_364d, discount_rate_364d, price_level_364d
            )
        ) > 1.000001,
        false
    ) as has_impossible_shares,
    as_of_date = $as_of
    and count(distinct user_id) < (select users from active) as has_missing_keys
from features.user_profiles
group by as_of_date
order by as_of_date
