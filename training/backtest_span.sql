-- When each kind of interaction happened, and how much of it users with history did in the horizon.
with timed as (
    select
        event,
        interacted_at,
        min(greatest(interacted_at, known_at)) over (partition by event, user_id) as user_since,
    from fct_interactions
    where interacted_at <= $as_of
)

select
    event,
    min(interacted_at) as first_at,
    max(interacted_at) as last_at,
    count(*) filter (
        where interacted_at >= $cutoff and interacted_at < $until and user_since < $cutoff
    ) as judged,
from timed
group by event
