select
    item_id,
    title,
    coalesce(title, '') = '' as is_untitled
from marts.dim_items
