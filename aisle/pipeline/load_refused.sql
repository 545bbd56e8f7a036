-- Rows that an import or a collector refused, as they were written, into the quarantine; those already
-- there stay once. What names no file of its own (a collector's) is known by its landing file and
-- line, so that two equal ones stay two.
-- Reads the table `incoming (source_file, line_number, line)`.
insert into raw.quarantine by name
with objects as (
    select
        source_file as landing_file,
        line_number as landing_line,
        line,
        case when json_valid(line) and json_type(line) = 'OBJECT' then line::json end as record
    from incoming
),

refused as (
    select distinct
        coalesce(record ->> 'kind', 'quarantine') as kind,
        coalesce(record ->> 'source_file', landing_file) as source_file,
        coalesce(try_cast(record ->> 'line_number' as bigint), landing_line) as line_number,
        case when record is null then 'not a JSON object' else coalesce(record ->> 'reason', '') end
            as reason,
        coalesce(record ->> 'original', line) as original,
        record ->> 'original_base64' as original_base64,
        record ->> 'source' as source,
        (record -> 'envelope')::varchar as envelope,
        try_cast(record ->> 'received_at' as timestamptz) at time zone 'UTC' as received_at
    from objects
)

select
    $batch_id as batch_id,
    kind,
    source_file,
    line_number,
    reason,
    original,
    $loaded_at as quarantined_at,
    source,
    received_at,
    original_base64,
    envelope::json as envelope
from refused
anti join raw.quarantine using (kind, source_file, line_number, reason, original)
order by kind, source_file, line_number;
