{{ config(materialized='view') }}

with

weighed as (
    select
        pair_rows.*,
        {{ weights_left_at_date('pair_rows') }}
    from {{ ref('int_user_item_rows') }} as pair_rows
),

-- What a date changes even where nothing happened.
dated as (
    select
        weighed.*,
        {{ days_between('weighed.first_ordered_at', 'weighed.as_of_date') }}
            as days_since_first_order,
        {{ days_between('weighed.last_ordered_at', 'weighed.as_of_date') }}
            as days_since_last_order,
        {{ days_between('weighed.last_interacted_at', 'weighed.as_of_date') }}
            as days_since_last_event,
        {{ days_between('weighed.first_ordered_at', 'weighed.last_ordered_at') }}
        / nullif(weighed.orders_ever - 1, 0) as mean_days_between_orders,
        users.orders - weighed.first_order_number + 1 as orders_since_first
    from weighed
    inner join {{ ref('int_pair_users') }} as users
        on
            weighed.as_of_date = users.as_of_date
            and weighed.user_id = users.user_id
),

final as (
    select
        as_of_date,
        user_id,
        item_id,
        {% for measure, windows in pair_windows().items() -%}
            {% for days in windows -%}
                {{ measure }}_{{ days }}d,
            {% endfor -%}
        {% endfor -%}
        orders_ever,
        {{ trend_28d_91d('orders_28d', 'orders_91d') }} as orders_trend_28d_91d,
        {% for measure, half_lives in pair_half_lives().items() -%}
            {% for days in half_lives -%}
                {{ left_of(measure, days) }} as {{ measure }}_hl{{ days }}d,
            {% endfor -%}
        {% endfor -%}
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
