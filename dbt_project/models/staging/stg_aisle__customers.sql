select
    user_id,
    cast(attributes as varchar) as attributes,
    consent_personalization,
    consent_updated_at,
    updated_at,
    _batch_id as batch_id,
    _loaded_at as loaded_at
from {{ source('aisle', 'customers') }}
where _batch_id <= {{ var('max_batch_id') }}
