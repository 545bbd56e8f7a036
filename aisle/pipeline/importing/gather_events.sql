-- The events of one bucket as lines of the landing zone: an order of many rows is one event.
-- An `order_id` that several users share cannot name one order, so it is kept as `shop_order_id`.
-- When it was received is no part of what names a message, so that the same order is known again.
-- Parameters: $bucket, $received_at.
create or replace temp table ready as
with accepted as (
    select
        *,
        case when user_id is null then session_id end as anonymous_id
    from judged
    where bucket = $bucket and reason is null
),

orders as (
    select
        event,
        user_id,
        anonymous_id,
        order_id,
        min(event_at) as event_at,
        min(session_id) as session_id,
        count(*) as row_count,
        string_agg('{' || fields || '}', ',' order by fields) as products
    from accepted
    where event = 'Order Completed'
    group by
        event, user_id, anonymous_id, order_id, case when order_id is null then event_at end
),

own_orders as (
    select
        *,
        case
            when order_id is not null and count(*) over (partition by order_id) > 1
                then 'shop_order_id'
            else 'order_id'
        end as order_field
    from orders
),

unified as (
    select
        event,
        user_id,
        anonymous_id,
        event_at,
        row_count,
        order_field = 'shop_order_id' as is_shared,
        concat_ws(
            ',',
            text_field(order_field, order_id),
            text_field('session_id', session_id),
            '"products":[' || products || ']'
        ) as properties
    from own_orders
    union all
    select
        event,
        user_id,
        anonymous_id,
        event_at,
        1 as row_count,
        false as is_shared,
        concat_ws(
            ',', text_field('order_id', order_id), text_field('session_id', session_id),
            nullif(fields, '')
        ) as properties
    from accepted
    where event != 'Order Completed'
),

bodies as (
    select
        event_at,
        row_count,
        is_shared,
        concat_ws(
            ',',
            '"type":"track"',
            text_field('event', event),
            text_field('user_id', user_id),
            text_field('anonymous_id', anonymous_id),
            text_field('timestamp', iso_utc(event_at)),
            '"properties":{' || properties || '}',
            '"source":"import"'
        ) as body
    from unified
),

numbered as (
    select
        *,
        'import-' || md5(body) as content_id,
        row_number() over (partition by body) as ordinal
    from bodies
)

select
    event_at,
    row_count,
    is_shared,
    content_id || case when ordinal > 1 then '-' || ordinal else '' end as message_id,
    '{'
    || concat_ws(
        ',', text_field('message_id', message_id), text_field('received_at', $received_at), body
    )
    || '}' as line
from numbered
