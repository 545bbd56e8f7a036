{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_rows('int_pair_users_catalogued', ['as_of_date', 'user_id']) }}",
) }}

-- depends_on: {{ ref('item_segment_features') }}
-- (Not read here: both fill the memory, so they are not made at the same time.)

with

wanted as (
    {{ rows_to_compute('int_pair_users_catalogued', ['as_of_date', 'user_id']) }}
),

-- Whatever adds up over the items of a category, one date after the other for the memory.
{% for moment in pair_moments() %}
    added_{{ loop.index }} as (
        select
            pairs.as_of_date,
            pairs.user_id,
            categories.category,
            {% for days in [7, 28, 91, 364] -%}
                cast(sum(pairs.orders_{{ days }}d) as bigint) as order_lines_{{ days }}d,
                count(case when pairs.orders_{{ days }}d > 0 then 1 end) as items_{{ days }}d,
                cast(sum(pairs.views_{{ days }}d) as bigint) as views_{{ days }}d,
            {% endfor -%}
            {% for days in [28, 91, 364] -%}
                {{ money('sum(pairs.spend_' ~ days ~ 'd)') }} as spend_{{ days }}d,
            {% endfor -%}
            {% for days in [7, 28, 91, 182] -%}
                {{ rounded('sum(pairs.orders_hl' ~ days ~ 'd)') }} as order_lines_hl{{ days }}d,
            {% endfor -%}
            {{ rounded('sum(pairs.views_hl7d)') }} as views_hl7d,
            cast(sum(pairs.adds_28d) as bigint) as adds_28d,
            min(pairs.days_since_last_order) as days_since_last_order,
            min(pairs.days_since_last_event) as days_since_last_event,
            max(wanted.inputs_hash) as inputs_hash
        from {{ ref('user_item_features') }} as pairs
        inner join wanted
            on pairs.as_of_date = wanted.as_of_date and pairs.user_id = wanted.user_id
        inner join {{ ref('int_pair_item_categories') }} as categories
            on pairs.as_of_date = categories.as_of_date and pairs.item_id = categories.item_id
        where
            pairs.as_of_date = {{ moment.as_of_date }}
            and categories.as_of_date = {{ moment.as_of_date }}
            and categories.category is not null
        group by pairs.as_of_date, pairs.user_id, categories.category
    ),
{% endfor %}

added as (
    {% for moment in pair_moments() %}
        select * from added_{{ loop.index }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

totals as (
    select
        as_of_date,
        user_id,
        sum(order_lines_364d) as order_lines_364d,
        {{ rounded('sum(order_lines_hl91d)') }} as order_lines_hl91d
    from added
    group by as_of_date, user_id
),

final as (
    select
        added.as_of_date,
        cast(added.user_id as varchar) as user_id,
        cast(added.category as varchar) as category,
        {% for days in [7, 28, 91, 364] -%}
            added.order_lines_{{ days }}d,
            added.items_{{ days }}d,
            added.views_{{ days }}d,
        {% endfor -%}
        {{ trend_28d_91d('added.order_lines_28d', 'added.order_lines_91d') }}
            as order_lines_trend_28d_91d,
        {% for days in [7, 28, 91, 182] -%}
            added.order_lines_hl{{ days }}d,
        {% endfor -%}
        {% for days in [28, 91, 364] -%}
            added.spend_{{ days }}d,
        {% endfor -%}
        added.views_hl7d,
        added.adds_28d,
        coalesce(
            cast(added.order_lines_364d as double precision) / nullif(totals.order_lines_364d, 0), 0
        ) as order_line_share_364d,
        coalesce(added.order_lines_hl91d / nullif(totals.order_lines_hl91d, 0), 0)
            as order_line_share_hl91d,
        coalesce(orders.orders_ever, 0) as orders_ever,
        orders.mean_days_between_orders,
        orders.order_gap_variance,
        added.days_since_last_order,
        added.days_since_last_event,
        added.days_since_last_order / nullif(orders.mean_days_between_orders, 0) as overdue_ratio,
        added.inputs_hash
    from added
    inner join totals
        on added.as_of_date = totals.as_of_date and added.user_id = totals.user_id
    left join {{ ref('int_user_category_orders') }} as orders
        on
            added.as_of_date = orders.as_of_date
            and added.user_id = orders.user_id
            and added.category = orders.category
)

select * from final
