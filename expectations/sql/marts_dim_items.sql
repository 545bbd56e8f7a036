select
    item_id,
    title,
    known_at,
    is_in_catalogue
from marts.dim_items
