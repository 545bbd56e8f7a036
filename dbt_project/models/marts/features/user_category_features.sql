{{ config(materialized='view') }}

{% set windows = pair_windows() %}
{% set half_lives = pair_half_lives() %}

with

weighed as (
    select
        category_rows.*,
        {{ weights_left_at_date('category_rows') }}
    from {{ ref('int_user_category_rows') }} as category_rows
),

-- What a date changes even where nothing happened.
dated as (
    select
        *,
        {{ left_of('order_lines', 91) }} as order_lines_left_hl91d,
        {{ left_of('interactions', 91) }} as interactions_left_hl91d,
        {{ days_between('last_ordered_at', 'as_of_date') }} as days_since_last_order,
        {{ days_between('last_interacted_at', 'as_of_date') }} as days_since_last_event
    from weighed
),

totalled as (
    select
        *,
        sum(order_lines_364d) over of_user as user_order_lines_364d,
        {{ rounded('sum(order_lines_left_hl91d) over of_user') }} as user_order_lines_hl91d,
        {{ rounded('sum(interactions_left_hl91d) over of_user') }} as user_interactions_hl91d
    from dated
    window of_user as (partition by as_of_date, user_id)
),

final as (
    select
        as_of_date,
        cast(user_id as varchar) as user_id,
        cast(category as varchar) as category,
        {% for days in windows['orders'] -%}
            order_lines_{{ days }}d,
            items_{{ days }}d,
        {% endfor -%}
        {% for days in half_lives['orders'] -%}
            {{ left_of('order_lines', days) }} as order_lines_hl{{ days }}d,
            {{ left_of('items', days) }} as items_hl{{ days }}d,
        {% endfor -%}
        {{ trend_28d_91d('order_lines_28d', 'order_lines_91d') }} as order_lines_trend_28d_91d,
        {% for measure in ['views', 'clicks', 'adds', 'spend'] -%}
            {% for days in windows[measure] -%}
                {{ measure }}_{{ days }}d,
            {% endfor -%}
            {% for days in half_lives[measure] -%}
                {{ left_of(measure, days) }} as {{ measure }}_hl{{ days }}d,
            {% endfor -%}
        {% endfor -%}
        coalesce(
            cast(order_lines_364d as double precision) / nullif(user_order_lines_364d, 0), 0
        ) as order_line_share_364d,
        coalesce(order_lines_left_hl91d / nullif(user_order_lines_hl91d, 0), 0)
            as order_line_share_hl91d,
        coalesce(interactions_left_hl91d / nullif(user_interactions_hl91d, 0), 0)
            as interaction_share_hl91d,
        orders_ever,
        mean_days_between_orders,
        order_gap_variance,
        days_since_last_order,
        days_since_last_event,
        days_since_last_order / nullif(mean_days_between_orders, 0) as overdue_ratio,
        inputs_hash
    from totalled
)

select * from final
