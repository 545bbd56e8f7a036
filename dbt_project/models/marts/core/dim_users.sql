with

customers as (
    select * from {{ ref('int_customers_merged') }}
),

active_users as (
    select
        user_id,
        min(greatest(occurred_at, linked_at)) as first_event_at,
        bool_and(is_anonymous) as is_anonymous
    from {{ ref('int_events_stitched') }}
    where user_id is not null
    group by user_id
),

orders as (
    select
        user_id,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        count(*) as order_count
    from {{ ref('int_orders_deduplicated') }}
    group by user_id
),

users as (
    select
        user_id,
        nullif(customers.attributes, '{}') as attributes,
        customers.consent_personalization,
        -- The delivery date of what the row says, so that no training sees it earlier.
        coalesce(customers.known_at, active_users.first_event_at) as known_at,
        customers.user_id is null and active_users.is_anonymous as is_anonymous
    from customers
    full join active_users using (user_id)
),

final as (
    select
        users.user_id,
        users.attributes,
        users.consent_personalization,
        users.known_at,
        users.is_anonymous,
        orders.first_order_at,
        orders.last_order_at,
        cast(coalesce(orders.order_count, 0) as bigint) as order_count
    from users
    left join orders on users.user_id = orders.user_id
)

select * from final
