-- What ids mean now.
select
    id_kind,
    id,
    user_id
from dim_identities
where valid_to is null
