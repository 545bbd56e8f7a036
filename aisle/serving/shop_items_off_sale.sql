select item_id
from dim_items
where not is_available
