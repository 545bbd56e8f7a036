select
    user_id,
    known_at
from marts.dim_users
