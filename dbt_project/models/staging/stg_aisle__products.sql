select
    item_id,
    title,
    description,
    category,
    brand,
    cast(price as double precision) as price,
    image_url,
    is_available,
    updated_at,
    cast(attributes as varchar) as attributes,
    _batch_id as batch_id,
    _loaded_at as loaded_at
from {{ source('aisle', 'products') }}
where _batch_id <= {{ var('max_batch_id') }}
