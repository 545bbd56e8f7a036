{{ config(materialized='view') }}

with

-- What a date changes even where nothing happened.
dated as (
    select
        pair_rows.*,
        {% for days in [7, 28, 91, 182] -%}
            {{ rounded(decayed_on('pair_rows', 'orders_hl' ~ days ~ 'd', days)) }}
                as orders_left_hl{{ days }}d,
        {% endfor -%}
        {{ money(decayed_on('pair_rows', 'spend_hl91d', 91)) }} as spend_left_hl91d,
        {{ rounded(decayed_on('pair_rows', 'views_hl7d', 7)) }} as views_left_hl7d,
        {{ rounded(decayed_on('pair_rows', 'adds_hl7d', 7)) }} as adds_left_hl7d,
        {{ days_between('pair_rows.first_ordered_at', 'pair_rows.as_of_date') }}
            as days_since_first_order,
        {{ days_between('pair_rows.last_ordered_at', 'pair_rows.as_of_date') }}
            as days_since_last_order,
        {{ days_between('pair_rows.last_interacted_at', 'pair_rows.as_of_date') }}
            as days_since_last_event,
        {{ days_between('pair_rows.first_ordered_at', 'pair_rows.last_ordered_at') }}
        / nullif(pair_rows.orders_ever - 1, 0) as mean_days_between_orders,
        users.orders - pair_rows.first_order_number + 1 as orders_since_first
    from {{ ref('int_user_item_rows') }} as pair_rows
    inner join {{ ref('int_pair_users') }} as users
        on
            pair_rows.as_of_date = users.as_of_date
            and pair_rows.user_id = users.user_id
),

final as (
    select
        as_of_date,
        user_id,
        item_id,
        {% for days in [1, 7, 28, 91, 364] -%}
            orders_{{ days }}d,
            views_{{ days }}d,
        {% endfor -%}
        {% for days in [7, 28] -%}
            clicks_{{ days }}d,
            adds_{{ days }}d,
        {% endfor -%}
        orders_ever,
        {{ trend_28d_91d('orders_28d', 'orders_91d') }} as orders_trend_28d_91d,
        {% for days in [7, 28, 91, 182] -%}
            orders_left_hl{{ days }}d as orders_hl{{ days }}d,
        {% endfor -%}
        views_left_hl7d as views_hl7d,
        adds_left_hl7d as adds_hl7d,
        {% for days in [28, 91, 364] -%}
            spend_{{ days }}d,
        {% endfor -%}
        spend_left_hl91d as spend_hl91d,
        quantity_364d,
        days_since_first_order,
        days_since_last_order,
        days_since_last_event,
        mean_days_between_orders,
        order_gap_variance,
        days_since_last_order / nullif(mean_days_between_orders, 0) as overdue_ratio,
        cast(orders_ever as double precision) / orders_since_first as order_share_since_first,
        inputs_hash
    from dated
)

select * from final
