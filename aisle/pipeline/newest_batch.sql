-- The newest complete batch and the time of the last event up to it.
select
    max(batches.batch_id) as max_batch_id,
    (select max(events.timestamp) from raw.events) as last_event_at
from raw.batches
