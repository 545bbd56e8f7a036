-- Events that a collector refused and `load-raw` has not loaded yet, by their landing file and line.
-- Parameters: $files, $landing (the folder that the files lie in, with a slash at its end).
with lines as (
    select
        replace(filename, $landing, '') as source_file,
        unnest(string_split(content, chr(10))) as line,
        generate_subscripts(string_split(content, chr(10)), 1) as line_number
    from read_text($files)
),

records as (
    select
        *,
        case when json_valid(line) and json_type(line) = 'OBJECT' then line::json end as record
    from lines
    where trim(line) != ''
)

select
    coalesce(record ->> 'kind', 'quarantine') as kind,
    case when record is null then 'not a JSON object' else coalesce(record ->> 'reason', '') end
        as reason,
    source_file,
    line_number::bigint as line_number,
    coalesce(record ->> 'original', line) as original,
    'collector, not loaded yet' as refused_at
from records
