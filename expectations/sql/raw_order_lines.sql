-- One row per product line of a completed order up to the ceiling.
with orders as (
    select
        message_id,
        properties
    from raw.events
    where
        _batch_id <= $max_batch_id
        and type = 'track'
        and event = 'Order Completed'
),

catalogue as (
    select distinct item_id
    from raw.products
    where _batch_id <= $max_batch_id
),

lines as (
    select
        message_id,
        unnest(
            json_transform(
                properties,
                '{"products": [{"product_id": "VARCHAR", "quantity": "DOUBLE", "price": "DOUBLE"}]}'
            ).products
        ) as line
    from orders
)

select
    lines.message_id,
    lines.line.product_id as product_id,
    lines.line.quantity as quantity,
    lines.line.price as price,
    -- A shop without a catalogue has no unknown items: the rule on raw.products says so instead.
    catalogue.item_id is not null or not exists (select 1 from catalogue) as is_in_catalogue
from lines
left join catalogue on lines.line.product_id = catalogue.item_id
