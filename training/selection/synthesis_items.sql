-- What the catalogue says about an item that never changes much.
select
    item_id,
    category,
    brand,
from dim_items
order by item_id
