{{ config(materialized='table') }}

with

orders as (
    select
        user_id,
        order_id,
        min(interacted_at) as ordered_at,
        min(known_at) as known_at
    from {{ ref('int_interactions_sequenced') }}
    where event = 'Order Completed'
    group by user_id, order_id
),

numbered as (
    select
        pair_dates.as_of_date,
        orders.user_id,
        orders.order_id,
        orders.ordered_at,
        row_number() over (
            partition by pair_dates.as_of_date, orders.user_id
            order by orders.ordered_at, orders.order_id
        ) as order_number
    from orders
    inner join {{ ref('int_pair_dates') }} as pair_dates
        on orders.known_at < pair_dates.known_until
)

select * from numbered
