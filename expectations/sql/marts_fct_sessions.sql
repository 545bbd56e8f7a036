-- Sessions, with the references and the comparison with now worked out as true/false columns.
select
    sessions.session_id,
    sessions.user_id,
    sessions.started_at,
    sessions.ended_at,
    sessions.duration_seconds,
    sessions.events,
    sessions.revenue,
    coalesce(
        sessions.is_converted != (sessions.orders > 0)
        or (sessions.is_converted and sessions.is_bounced),
        true
    ) as is_inconsistent,
    users.user_id is null as is_user_unknown,
    coalesce(sessions.ended_at > $as_of, false) as is_after_as_of
from marts.fct_sessions as sessions
left join (select distinct user_id from marts.dim_users) as users
    on sessions.user_id = users.user_id
