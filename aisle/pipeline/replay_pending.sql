-- Events that a collector refused and that no replay has landed. Parameter: $reason (empty: any).
select
    source_file,
    line_number,
    original,
    original_base64,
    source,
    coalesce(received_at, quarantined_at) as received_at,
    envelope::varchar as envelope
from raw.quarantine
anti join raw.replays using (source_file, line_number)
where
    kind = 'events'
    and source is not null
    and starts_with(source_file, 'quarantine/collector/')
    and contains(lower(reason), lower($reason))
order by source_file, line_number
