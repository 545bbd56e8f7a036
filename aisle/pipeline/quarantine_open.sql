-- What quarantine_raw.sql shows, without events that a replay has landed.
select
    kind,
    reason,
    source_file,
    line_number,
    original,
    'batch ' || batch_id as refused_at
from raw.quarantine
anti join raw.replays using (source_file, line_number)
