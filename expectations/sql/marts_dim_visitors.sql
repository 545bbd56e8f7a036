-- Whose a device is and from when, with what the rules ask worked out as true/false columns.
select
    anonymous_id,
    linked_at,
    user_id,
    user_id not in (select user_id from marts.dim_users) as is_user_unknown,
    linked_at > $as_of as is_after_as_of
from marts.dim_visitors
