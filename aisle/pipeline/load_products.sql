-- Parsed catalogue lines and those that are new. Known columns are named, the rest are attributes.
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
    nullif(record ->> 'item_id', '') as item_id,
    try_cast(record ->> 'price' as double) as price,
    try_cast(record ->> 'is_available' as boolean) as is_available,
    try_cast(record ->> 'updated_at' as timestamptz) at time zone 'UTC' as updated_at,
    case
        when record is null then 'not a JSON object'
        when nullif(record ->> 'item_id', '') is null then 'no item_id'
        when record ->> 'price' is not null and try_cast(record ->> 'price' as double) is null
            then 'price is not a number: ' || left(record ->> 'price', 60)
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

insert into raw.products
select
    item_id,
    record ->> 'title' as title,
    record ->> 'description' as description,
    record ->> 'category' as category,
    record ->> 'brand' as brand,
    price,
    record ->> 'image_url' as image_url,
    coalesce(is_available, true) as is_available,
    updated_at,
    json_merge_patch(
        record,
        '{"item_id": null, "title": null, "description": null, "category": null, "brand": null,
          "price": null, "image_url": null, "is_available": null, "updated_at": null}'
    ) as attributes,
    $batch_id as _batch_id,
    $loaded_at as _loaded_at,
    source_file as _source_file
from fresh
order by item_id, updated_at;
