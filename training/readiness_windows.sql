-- What one kind leaves to choose by and to judge by.
select
    count(*) filter (where interacted_at < $validation) as known_before,
    count(distinct user_id) filter (
        where interacted_at >= $first_test and interacted_at < $until
    ) as judged_users,
from fct_interactions
where
    event = $event
    and interacted_at <= $as_of
