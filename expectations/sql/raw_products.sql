-- Every delivered version of a product up to the ceiling.
select
    item_id,
    title,
    price
from raw.products
where _batch_id <= $max_batch_id
