-- Rows that an import refused, as it wrote them, into the quarantine; those already there stay once.
-- Reads the table `incoming (source_file, line_number, line)`.
insert into raw.quarantine
with refused as (
    select distinct
        line ->> 'kind' as kind,
        line ->> 'source_file' as source_file,
        (line ->> 'line_number')::bigint as line_number,
        line ->> 'reason' as reason,
        line ->> 'original' as original
    from incoming
)

select
    $batch_id as batch_id,
    kind,
    source_file,
    line_number,
    reason,
    original,
    $loaded_at as quarantined_at
from refused
anti join raw.quarantine using (kind, source_file, line_number, reason, original)
order by kind, source_file, line_number;
