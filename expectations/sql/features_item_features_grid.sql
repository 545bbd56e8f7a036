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
            least(*columns(* exclude (as_of_date, known_at, item_id)))
        ) < 0,
        false
    ) as has_negatives
from features.item_features
group by as_of_date
order by as_of_date
