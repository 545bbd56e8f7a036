-- Household demographics of the Complete Journey year.
-- Parameters: $demographics, $transactions, $users.
with households as (
    select household_id
    from (select distinct household_id from read_parquet($transactions))
    order by md5(household_id::varchar)
    limit case when $users > 0 then $users else 1000000 end
)

select
    demographics.household_id::varchar as user_id,
    '2017-01-01T00:00:00Z' as updated_at,
    demographics.* exclude (household_id)
from read_parquet($demographics) as demographics
semi join households using (household_id)
order by demographics.household_id
