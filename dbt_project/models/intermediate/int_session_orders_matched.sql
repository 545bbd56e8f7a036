{{ config(materialized='table') }}

with

orders as (
    select
        order_id,
        first_message_id,
        user_id,
        ordered_at
    from {{ ref('int_orders_deduplicated') }}
),

sent_inside as (
    select
        orders.order_id,
        events.session_id
    from orders
    inner join {{ ref('int_events_sessionized') }} as events
        on orders.first_message_id = events.message_id
),

-- A shop's server knows no device: its order belongs to the visit that its user is in.
candidates as (
    select
        orders.order_id,
        spans.session_id,
        row_number() over (
            partition by orders.order_id
            order by spans.started_at desc, spans.session_id asc
        ) as newest_first
    from orders
    inner join {{ ref('int_sessions_spanned') }} as spans
        on
            orders.user_id = spans.user_id
            and orders.ordered_at >= spans.started_at
            and orders.ordered_at
            <= spans.ended_at + interval '{{ var("session_timeout_minutes") }} minutes'
    where orders.order_id not in (select sent_inside.order_id from sent_inside)
),

matched as (
    select
        order_id,
        session_id
    from sent_inside
    union all
    select
        order_id,
        session_id
    from candidates
    where newest_first = 1
)

select * from matched
