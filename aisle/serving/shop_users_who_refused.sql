-- Null means that nobody asked: only a user who said no is left out.
select user_id
from dim_users
where not consent_personalization
