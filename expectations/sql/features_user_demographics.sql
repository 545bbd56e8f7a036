select
    user_id,
    as_of_date,
    household_size,
    children,
    as_of_date > $as_of as is_after_as_of,
    coalesce(
        age_band not in ('under 18', '18-24', '25-34', '35-44', '45-54', '55-64', '65+')
        or gender not in ('female', 'male', 'other'),
        false
    ) as is_unknown_band
from features.user_demographics
