-- When each kind of event that names items happened first.
-- Parameters: $kinds, $max_batch_id, $as_of.
select min(least(timestamp, received_at)) as first_at
from raw.events
where
    type = 'track'
    and list_contains($kinds, event)
    and _batch_id <= $max_batch_id
    and least(timestamp, received_at) <= $as_of
group by event
