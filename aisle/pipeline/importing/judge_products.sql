-- Each staged row of the catalogue as a line of the landing zone, or with a reason against it.
-- Parameters: $timestamp_format, $latest.
create or replace table judged as
with cleaned as (
    select
        staged.file_number,
        staged.record,
        present(staged.item_id) as id,
        present(staged.title) as title,
        present(staged.description) as description,
        present(staged.category) as category,
        present(staged.brand) as brand,
        present(staged.price) as price,
        present(staged.image_url) as image_url,
        present(staged.is_available) as is_available,
        present(staged.updated_at) as time_text,
        staged.extras,
        decimals.mark,
        time_form(present(staged.updated_at), $timestamp_format, day_orders.is_day_first) as form
    from staged
    inner join decimals using (file_number)
    left join day_orders using (file_number)
),

read as (
    select
        *,
        read_time(time_text, form, $timestamp_format) as updated_at,
        number_json(price, mark) as price_json
    from cleaned
)

select
    file_number,
    record,
    form,
    id,
    case
        when id is null then 'no item_id'
        when price is not null and price_json is null then 'price is not a number: ' || shown(price)
        when is_available is not null and yes_or_no(is_available) is null
            then 'is_available is neither yes nor no: ' || shown(is_available)
        when time_text is not null and (updated_at is null or not isfinite(updated_at))
            then 'updated_at cannot be read: ' || shown(time_text)
        when updated_at > $latest::timestamptz then 'updated_at in the future: ' || shown(time_text)
    end as reason,
    '{'
    || concat_ws(
        ',',
        text_field('item_id', id),
        text_field('title', title),
        text_field('description', description),
        text_field('category', category),
        text_field('brand', brand),
        field('price', price_json),
        text_field('image_url', image_url),
        field('is_available', yes_or_no(is_available)),
        text_field('updated_at', iso_utc(updated_at)),
        inside(extras)
    )
    || '}' as line
from read
