-- Lines taken apart: the wanted fields as text, the others as one JSON object.
-- Parameters: $pointers (JSON pointers of the fields), $without (an object of nulls: the taken keys).
with objects as (
    select
        record,
        case when json_valid(line) and json_type(line) = 'OBJECT' then line end as line
    from lines
)

select
    record,
    line is not null as is_object,
    json_extract_string(line, $pointers::varchar []) as fields,
    nullif(json_merge_patch(line, $without)::varchar, '{}') as extras
from objects
order by record
