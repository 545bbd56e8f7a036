select user_id
from dim_users
where not is_anonymous
