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
    min(least(list_min(gap_days), list_min(age_days))) < 0 as has_negatives,
    not bool_and(
        sequence_length = len(item_ids) and sequence_length = len(events)
        and sequence_length = len(gap_days) and sequence_length = len(age_days)
    ) as has_shrinking_windows,
    false as has_impossible_shares,
    as_of_date = $as_of
    and count(distinct user_id) < (select users from active) as has_missing_keys
from features.user_sequences
group by as_of_date
order by as_of_date
