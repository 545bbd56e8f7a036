{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_rows('int_pair_users', ['as_of_date', 'user_id']) }}",
) }}

-- depends_on: {{ ref('int_user_category_orders') }}
-- (Not read here: both fill the memory, so they are not made at the same time.)

{% set is_order = "event = 'Order Completed'" %}
{% set is_view = "event = 'Product Viewed'" %}
{% set is_click = "event = 'Product Clicked'" %}
{% set is_add = "event in ('Product Added', 'Product Added to Wishlist')" %}

with

wanted as (
    {{ rows_to_compute('int_pair_users', ['as_of_date', 'user_id']) }}
),

wanted_orders as (
    select
        wanted.*,
        orders.order_id,
        orders.order_number
    from wanted
    inner join {{ ref('int_pair_orders') }} as orders
        on wanted.as_of_date = orders.as_of_date and wanted.user_id = orders.user_id
),

-- One date after the other, so that the pairs of one date at a time have to fit into memory.
{% for moment in pair_moments() %}
    aged_{{ loop.index }} as (
        select
            interactions.*,
            wanted_orders.as_of_date,
            wanted_orders.inputs_hash,
            wanted_orders.orders - wanted_orders.order_number + 1 as orders_since,
            {{ days_between('interactions.interacted_at', 'wanted_orders.known_until') }}
                as age_days
        from {{ ref('int_interactions_sequenced') }} as interactions
        inner join wanted_orders
            on
                interactions.user_id = wanted_orders.user_id
                and interactions.order_id = wanted_orders.order_id
                and interactions.known_at < wanted_orders.known_until
        where
            wanted_orders.as_of_date = {{ moment.as_of_date }}
            and interactions.event = 'Order Completed'
        union all
        select
            interactions.*,
            wanted.as_of_date,
            wanted.inputs_hash,
            null as orders_since,
            {{ days_between('interactions.interacted_at', 'wanted.known_until') }} as age_days
        from {{ ref('int_interactions_sequenced') }} as interactions
        inner join wanted
            on
                interactions.user_id = wanted.user_id
                and interactions.known_at < wanted.known_until
        where
            wanted.as_of_date = {{ moment.as_of_date }}
            and interactions.event <> 'Order Completed'
    ),

    summed_{{ loop.index }} as (
        select
            as_of_date,
            user_id,
            item_id,
            {% for days in [1, 7, 28, 91, 364] -%}
                {{ counted_in(is_order, days) }} as orders_{{ days }}d,
                {{ counted_in(is_view, days) }} as views_{{ days }}d,
            {% endfor -%}
            {% for days in [7, 28] -%}
                {{ counted_in(is_click, days) }} as clicks_{{ days }}d,
                {{ counted_in(is_add, days) }} as adds_{{ days }}d,
            {% endfor -%}
            {% for days in [28, 91, 364] -%}
                {{ money_in('value', days) }} as spend_{{ days }}d,
            {% endfor -%}
            {{ money_in('quantity', 364) }} as quantity_364d,
            {% for days in [7, 28, 91, 182] -%}
                {{ decayed_sum(is_order, '1', days) }} as orders_hl{{ days }}d,
            {% endfor -%}
            {{ decayed_sum(is_order, 'value', 91) }} as spend_hl91d,
            {{ decayed_sum(is_view, '1', 7) }} as views_hl7d,
            {{ decayed_sum(is_add, '1', 7) }} as adds_hl7d,
            count(case when {{ is_order }} then 1 end) as orders_ever,
            min(case when {{ is_order }} then interacted_at end) as first_ordered_at,
            max(case when {{ is_order }} then interacted_at end) as last_ordered_at,
            max(interacted_at) as last_interacted_at,
            {{ rounded('var_samp(case when orders_since > 0 then days_since_previous end)') }}
                as order_gap_variance,
            max(orders_since) as orders_since_first,
            max(inputs_hash) as inputs_hash
        from aged_{{ loop.index }}
        group by as_of_date, user_id, item_id
    ),
{% endfor %}

summed as (
    {% for moment in pair_moments() %}
        select * from summed_{{ loop.index }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

-- Of a pair with a late order the gaps are those that were known at the date.
corrected as (
    select
        summed.*,
        case
            when late.user_id is null then summed.order_gap_variance
            else late.order_gap_variance
        end as known_gap_variance
    from summed
    left join {{ ref('int_late_pair_gaps') }} as late
        on
            summed.as_of_date = late.as_of_date
            and summed.user_id = late.user_id
            and summed.item_id = late.item_id
    where summed.last_interacted_at >= summed.as_of_date - interval '364 days'
),

measured as (
    select
        *,
        {{ days_between('first_ordered_at', 'as_of_date') }} as days_since_first_order,
        {{ days_between('last_ordered_at', 'as_of_date') }} as days_since_last_order,
        {{ days_between('last_interacted_at', 'as_of_date') }} as days_since_last_event,
        {{ days_between('first_ordered_at', 'last_ordered_at') }} / nullif(orders_ever - 1, 0)
            as mean_days_between_orders
    from corrected
),

final as (
    select
        as_of_date,
        cast(user_id as varchar) as user_id,
        cast(item_id as varchar) as item_id,
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
            orders_hl{{ days }}d,
        {% endfor -%}
        views_hl7d,
        adds_hl7d,
        {% for days in [28, 91, 364] -%}
            spend_{{ days }}d,
        {% endfor -%}
        spend_hl91d,
        quantity_364d,
        days_since_first_order,
        days_since_last_order,
        days_since_last_event,
        mean_days_between_orders,
        known_gap_variance as order_gap_variance,
        days_since_last_order / nullif(mean_days_between_orders, 0) as overdue_ratio,
        cast(orders_ever as double precision) / orders_since_first as order_share_since_first,
        inputs_hash
    from measured
)

select * from final
