-- What ids mean, with what the rules ask worked out as true/false columns.
with identities as (
    select
        *,
        lead(valid_from) over (partition by id_kind, id order by valid_from) as next_from
    from marts.dim_identities
)

select
    id_kind,
    id,
    valid_from,
    user_id,
    reason,
    coalesce(coalesce(valid_to, timestamp '9999-12-31') > next_from, false) as is_overlapping,
    coalesce(valid_to <= valid_from, false) as is_ending_before,
    id_kind = 'user' and id = user_id as is_itself,
    user_id in (select id from marts.dim_identities where id_kind = 'user') as is_chained,
    user_id not in (select user_id from marts.dim_users) as is_user_unknown
from identities
