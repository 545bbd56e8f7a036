-- Moves events that cannot be used from raw.events to raw.quarantine, whole.
-- Parameters: $message_ids (list), $reason, $now.
insert into raw.quarantine by name
select
    _batch_id as batch_id,
    'events' as kind,
    _source_file as source_file,
    0 as line_number,
    $reason as reason,
    to_json(events)::varchar as original,
    $now as quarantined_at
from raw.events
where message_id in (select unnest($message_ids::varchar[]));

delete from raw.events
where message_id in (select unnest($message_ids::varchar[]));
