-- When each kind of interaction happened, and how much of it was known at a moment.
select
    event,
    min(interacted_at) as first_at,
    max(interacted_at) as last_at,
    count(*) filter (where interacted_at < $cutoff) as known_before,
from fct_interactions
where interacted_at <= $as_of
group by event
