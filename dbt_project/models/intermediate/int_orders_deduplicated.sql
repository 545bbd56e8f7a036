with

completed as (
    select
        coalesce({{ json_text('properties', 'order_id') }}, message_id) as order_id,
        user_id,
        occurred_at as ordered_at,
        received_at,
        message_id,
        source,
        properties
    from {{ ref('stg_aisle__events') }}
    where event_type = 'track'
        and event_name = 'Order Completed'
        and user_id is not null
),

numbered as (
    select
        *,
        row_number() over (
            partition by order_id
            order by received_at, message_id
        ) as first_received
    from completed
),

orders as (
    select
        order_id,
        user_id,
        ordered_at,
        source,
        properties
    from numbered
    where first_received = 1
)

select * from orders
