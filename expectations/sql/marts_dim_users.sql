select user_id
from marts.dim_users
