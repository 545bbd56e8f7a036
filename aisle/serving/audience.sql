select user_id
from dim_users
order by user_id
