-- Every delivered version of a customer up to the ceiling.
select
    user_id,
    _batch_id
from raw.customers
where _batch_id <= $max_batch_id
