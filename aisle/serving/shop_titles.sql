select
    item_id,
    title
from dim_items
