-- The newest complete batch and the time of the last event up to it. Nothing happens after it was
-- received, so a sender whose clock is ahead does not move now.
select
    max(batches.batch_id) as max_batch_id,
    (select max(least(events.timestamp, events.received_at)) from raw.events) as last_event_at
from raw.batches
