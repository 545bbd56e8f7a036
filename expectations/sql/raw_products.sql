-- Every delivered version of a product up to the ceiling.
select
    item_id,
    title,
    price,
    _batch_id,
    coalesce(price < 0, false) as is_negative_price
from raw.products
where _batch_id <= $max_batch_id
