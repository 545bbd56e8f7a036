-- Each staged row of events read, with a reason where it cannot be used, and the bucket in which
-- the rows of its order meet. Parameters: $timestamp_format, $latest, $buckets.
create or replace table judged as
with cleaned as (
    select
        staged.file_number,
        staged.record,
        present(staged.user_id) as user_id,
        present(staged.item_id) as item_id,
        present(staged.timestamp) as time_text,
        coalesce(event_names.ours, present(staged.event), 'Order Completed') as event,
        present(staged.order_id) as order_id,
        present(staged.session_id) as session_id,
        present(staged.quantity) as quantity,
        present(staged.price) as price,
        present(staged.line_total) as line_total,
        present(staged.rating) as rating,
        staged.extras,
        decimals.mark,
        time_form(present(staged.timestamp), $timestamp_format, day_orders.is_day_first) as form
    from staged
    inner join decimals using (file_number)
    left join day_orders using (file_number)
    left join event_names on lower(trim(staged.event)) = event_names.theirs
),

read as (
    select
        *,
        read_time(time_text, form, $timestamp_format) as event_at,
        number_json(quantity, mark) as quantity_json,
        number_json(price, mark) as price_json,
        number_json(line_total, mark) as line_total_json
    from cleaned
),

reasoned as (
    select
        *,
        case
            when user_id is null and session_id is null then 'neither user_id nor session_id'
            when
                item_id is null
                and event not in (
                    'Products Searched', 'Product List Viewed', 'Checkout Started',
                    'Promotion Viewed', 'Promotion Clicked', 'Order Refunded'
                )
                then 'no item_id'
            when time_text is null then 'no timestamp'
            when event_at is null or not isfinite(event_at)
                then 'timestamp cannot be read: ' || shown(time_text)
            when event_at < '1970-01-02T00:00:00Z'::timestamptz
                then 'timestamp before 1970-01-02: ' || shown(time_text)
            when event_at > $latest::timestamptz
                then 'timestamp in the future: ' || shown(time_text)
            when quantity is not null and quantity_json is null
                then 'quantity is not a number: ' || shown(quantity)
            when price is not null and price_json is null
                then 'price is not a number: ' || shown(price)
            when line_total is not null and line_total_json is null
                then 'line_total is not a number: ' || shown(line_total)
        end as reason
    from read
)

select
    file_number,
    record,
    reason,
    form,
    event,
    user_id,
    session_id,
    order_id,
    event_at,
    case
        when event = 'Order Completed' and order_id is not null then hash(order_id)
        else hash(coalesce(user_id, session_id), event_at)
    end % $buckets as bucket,
    concat_ws(
        ',',
        text_field('product_id', item_id),
        field('quantity', quantity_json),
        field('price', price_json),
        field('line_total', line_total_json),
        field('rating', coalesce(number_json(rating, mark), to_json(rating)::varchar)),
        inside(extras)
    ) as fields
from reasoned
