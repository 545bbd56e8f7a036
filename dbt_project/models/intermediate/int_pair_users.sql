{{ config(materialized='table') }}

with

pair_dates as (
    select * from {{ ref('int_pair_dates') }}
),

histories as (
    select
        pair_dates.as_of_date,
        interactions.user_id,
        {{ summed_hash('interactions.row_hash') }} as history_hash
    from {{ ref('int_interactions_sequenced') }} as interactions
    inner join pair_dates on {{ is_known('interactions', 'pair_dates.known_until') }}
    group by pair_dates.as_of_date, interactions.user_id
),

orders as (
    select
        pair_dates.as_of_date,
        orders.user_id,
        count(*) as orders,
        count(
            case
                when orders.interacted_at >= pair_dates.known_until - interval '91 days' then 1
            end
        ) as orders_91d,
        min(orders.interacted_at) as first_ordered_at
    from {{ ref('int_interactions_sequenced') }} as orders
    inner join pair_dates
        on
            orders.order_known_at < pair_dates.known_until
            and coalesce(orders.moved_at, {{ end_of_time() }}) >= pair_dates.known_until
    where orders.is_first_line
    group by pair_dates.as_of_date, orders.user_id
),

final as (
    select
        histories.as_of_date,
        histories.user_id,
        pair_dates.known_until,
        coalesce(orders.orders, 0) as orders,
        coalesce(orders.orders_91d, 0) as orders_91d,
        orders.first_ordered_at,
        histories.history_hash,
        -- A Monday that becomes now knows what happens at its midnight.
        histories.history_hash + case when pair_dates.is_latest then 1 else 0 end as inputs_hash
    from histories
    inner join pair_dates on histories.as_of_date = pair_dates.as_of_date
    left join orders
        on
            histories.as_of_date = orders.as_of_date
            and histories.user_id = orders.user_id
)

select * from final
