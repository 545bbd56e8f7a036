with

events as (
    select * from {{ ref('int_events_sessionized') }}
),

spans as (
    select
        session_id,
        -- A session has one user.
        min(user_id) as user_id,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from events
    group by session_id
)

select * from spans
