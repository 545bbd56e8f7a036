-- One row per item that an event names whose batch lies above $after_batch_id and up to the ceiling:
-- each of its products, or, unless it is an order, the one product that its properties are about.
-- What is wrong with fewer than $fewest_bad_lines lines is not counted as wrong.
with events as (
    select
        message_id,
        event,
        event = 'Order Completed' as is_order,
        coalesce(user_id, anonymous_id) is null as is_without_user,
        json_transform(
            properties,
            '{
                "product_id": "VARCHAR", "quantity": "DOUBLE", "price": "DOUBLE",
                "products": [{"product_id": "VARCHAR", "quantity": "DOUBLE", "price": "DOUBLE"}]
            }'
        ) as fields
    from raw.events
    where
        _batch_id > $after_batch_id
        and _batch_id <= $max_batch_id
        and type = 'track'
        and list_contains($item_events, event)
),

listed as (
    select
        message_id,
        event,
        is_order,
        is_without_user,
        unnest(fields.products, max_depth := 2)
    from events
),

single as (
    select
        message_id,
        event,
        is_order,
        is_without_user,
        fields.product_id,
        fields.quantity,
        fields.price
    from events
    where not is_order and (fields.product_id is not null or fields.products is null)
),

lines as (
    select * from listed
    union all
    select * from single
),

catalogue as (
    select distinct item_id
    from raw.products
    where _batch_id <= $max_batch_id
),

judged as (
    select
        lines.message_id,
        lines.event,
        lines.product_id,
        lines.quantity,
        lines.price,
        lines.is_order,
        lines.is_without_user,
        lines.product_id is null as is_without_item,
        -- A shop without a catalogue has no unknown items: the rule on raw.products says so instead.
        lines.product_id is not null
        and catalogue.item_id is null
        and exists (select 1 from catalogue) as is_unknown_item,
        coalesce(lines.quantity < 0, false) as is_negative_quantity,
        coalesce(lines.price < 0, false) as is_negative_price
    from lines
    left join catalogue on lines.product_id = catalogue.item_id
),

counted as (
    select
        count_if(is_without_item) as without_item,
        count_if(is_unknown_item) as unknown_item,
        count_if(is_negative_quantity) as negative_quantity,
        count_if(is_negative_price) as negative_price
    from judged
)

select
    judged.message_id,
    judged.event,
    judged.product_id,
    judged.quantity,
    judged.price,
    judged.is_without_user,
    judged.is_without_item and counted.without_item >= $fewest_bad_lines as is_without_item,
    judged.is_unknown_item and counted.unknown_item >= $fewest_bad_lines as is_unknown_item,
    judged.is_negative_quantity and counted.negative_quantity >= $fewest_bad_lines
        as is_negative_quantity,
    judged.is_negative_price and counted.negative_price >= $fewest_bad_lines as is_negative_price,
    judged.is_order and coalesce(judged.quantity = 0, false) as is_zero_quantity,
    judged.is_order and coalesce(judged.price = 0, false) as is_zero_price
from judged
cross join counted
