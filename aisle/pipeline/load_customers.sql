-- Parsed customer lines and those that are new. Columns that are not Aisle's own are attributes.
-- Reads the table `incoming (source_file, line_number, line)`.
create or replace temp table parsed as
with objects as (
    select
        *,
        case when json_valid(line) and json_type(line) = 'OBJECT' then line::json end as record
    from incoming
)

select
    source_file,
    line_number,
    line,
    record,
    nullif(record ->> 'user_id', '') as user_id,
    try_cast(record ->> 'updated_at' as timestamptz) at time zone 'UTC' as updated_at,
    case
        when record is null then 'not a JSON object'
        when nullif(record ->> 'user_id', '') is null then 'no user_id'
        when
            record ->> 'updated_at' is not null
            and try_cast(record ->> 'updated_at' as timestamptz) is null
            then 'updated_at cannot be read: ' || left(record ->> 'updated_at', 60)
    end as reason,
    row_number() over (partition by line order by source_file, line_number) as repetition
from objects;

create or replace temp table fresh as
select *
from parsed
where reason is null and repetition = 1;

insert into raw.customers
select
    user_id,
    json_merge_patch(
        record,
        '{"user_id": null, "consent_personalization": null, "consent_updated_at": null,
          "updated_at": null}'
    ) as attributes,
    try_cast(record ->> 'consent_personalization' as boolean) as consent_personalization,
    try_cast(record ->> 'consent_updated_at' as timestamptz) at time zone 'UTC'
        as consent_updated_at,
    updated_at,
    $batch_id as _batch_id,
    $loaded_at as _loaded_at,
    source_file as _source_file
from fresh
order by user_id, updated_at;
