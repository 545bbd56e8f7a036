-- Parsed event lines: a reason where a line cannot become an event, null where it can.
-- Reads the table `incoming (source_file, line_number, line)`.
create or replace temp table parsed as
with objects as (
    select
        *,
        case when json_valid(line) and json_type(line) = 'OBJECT' then line::json end as record
    from incoming
),

fields as (
    select
        source_file,
        line_number,
        line,
        record,
        nullif(record ->> 'message_id', '') as message_id,
        record ->> 'timestamp' as timestamp_text,
        record ->> 'received_at' as received_text,
        try_cast(record ->> 'timestamp' as timestamptz) at time zone 'UTC' as event_at,
        try_cast(record ->> 'received_at' as timestamptz) at time zone 'UTC' as received_at
    from objects
)

select
    *,
    case
        when record is null then 'not a JSON object'
        when message_id is null then 'no message_id'
        when timestamp_text is null then 'no timestamp'
        when event_at is null then 'timestamp cannot be read: ' || left(timestamp_text, 60)
        when received_text is not null and received_at is null
            then 'received_at cannot be read: ' || left(received_text, 60)
    end as reason,
    row_number() over (partition by message_id order by source_file, line_number) as repetition
from fields;

-- Hashes the few new ids and not the many old ones, which `not in` would do.
create or replace temp table fresh as
select parsed.*
from parsed
anti join raw.events using (message_id)
where
    parsed.reason is null
    and parsed.repetition = 1;

insert into raw.events by name
select
    message_id,
    coalesce(record ->> 'type', 'track') as type,
    record ->> 'event' as event,
    nullif(record ->> 'user_id', '') as user_id,
    nullif(record ->> 'anonymous_id', '') as anonymous_id,
    event_at as timestamp,
    coalesce(received_at, $loaded_at) as received_at,
    record -> 'properties' as properties,
    record -> 'context' as context,
    record -> 'traits' as traits,
    record ->> 'source' as source,
    $batch_id as _batch_id,
    $loaded_at as _loaded_at,
    source_file as _source_file,
    try_cast(record ->> 'original_timestamp' as timestamptz) at time zone 'UTC'
        as original_timestamp,
    try_cast(record ->> 'sent_at' as timestamptz) at time zone 'UTC' as sent_at,
    nullif(record ->> 'previous_id', '') as previous_id,
    nullif(record ->> 'group_id', '') as group_id,
    record ->> 'name' as name,
    record -> 'extra' as extra,
    line_number as _line_number,
    try_cast(record ->> 'by_public_key' as boolean) as by_public_key
from fresh
order by event_at, message_id;
