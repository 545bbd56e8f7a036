{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=[
        "{{ find_users_to_move() }}",
        "{{ find_rows_to_count('item_id') }}",
        "{{ forget_users_not_moved() }}",
        "{{ move_users() }}",
        "{{ forget_rows_to_count('item_id') }}",
    ],
) }}

-- depends_on: {{ ref('int_pair_dates') }}
-- depends_on: {{ ref('int_user_category_orders') }}
-- depends_on: {{ ref('int_item_price_levels') }}
-- (The latter two are not read: they fill the memory as this does, so they are made before.)

{% set windows = pair_windows() %}
{% set half_lives = pair_half_lives() %}
{% set conditions = {
    'orders': 'is_order', 'views': 'is_view', 'clicks': 'is_click', 'adds': 'is_add'
} %}

with

-- One date after the other, so that the pairs of one date at a time have to fit into memory.
{% for moment in pair_moments() %}
    aged_{{ loop.index }} as (
        select
            interactions.*,
            users.as_of_date,
            users.known_until,
            users.history_hash,
            {{ days_between('interactions.interacted_at', 'users.known_until') }} as age_days
        from {{ ref('int_interactions_sequenced') }} as interactions
        inner join {{ ref('int_pair_users') }} as users
            on
                interactions.user_id = users.user_id
                and {{ is_known('interactions', 'users.known_until') }}
        {% if is_incremental() %}
            inner join {{ aside('counted') }} as counted
                on
                    users.known_until = counted.known_until
                    and interactions.user_id = counted.user_id
                    and interactions.item_id = counted.item_id
                    and counted.known_until = {{ pair_until(moment) }}
        {% endif %}
        where users.as_of_date = {{ moment.as_of_date }}
    ),

    weighed_{{ loop.index }} as (
        select
            *,
            event = 'Order Completed' as is_order,
            event = 'Product Viewed' as is_view,
            event = 'Product Clicked' as is_click,
            event in ('Product Added', 'Product Added to Wishlist') as is_add,
            {{ weights_left('age_days') }}
        from aged_{{ loop.index }}
    ),

    summed_{{ loop.index }} as (
        select
            as_of_date,
            known_until,
            user_id,
            item_id,
            {% for measure, condition in conditions.items() -%}
                {% for days in windows[measure] -%}
                    {{ counted_in(condition, days) }} as {{ measure }}_{{ days }}d,
                {% endfor -%}
                {% for days in half_lives[measure] -%}
                    {{ decaying_count(condition, days) }} as {{ measure }}_hl{{ days }}d,
                {% endfor -%}
            {% endfor -%}
            {% for days in windows['spend'] -%}
                {{ money_in('value', days) }} as spend_{{ days }}d,
            {% endfor -%}
            {% for days in half_lives['spend'] -%}
                {{ decaying_sum('value', days) }} as spend_hl{{ days }}d,
            {% endfor -%}
            {{ money_in('quantity', 364) }} as quantity_364d,
            {{ decaying_sum(interaction_weight(), 91) }} as interactions_hl91d,
            count(case when is_order then 1 end) as orders_ever,
            min(case when is_order then interacted_at end) as first_ordered_at,
            max(case when is_order then interacted_at end) as last_ordered_at,
            max(interacted_at) as last_interacted_at,
            {{ rounded('var_samp(case when is_order then days_since_previous end)') }}
                as order_gap_variance,
            min(order_number) as first_order_number,
            {{ pair_expiry([1, 7, 28, 91, 364]) }} as expires_at,
            max(history_hash) as inputs_hash
        from weighed_{{ loop.index }}
        group by as_of_date, known_until, user_id, item_id
    ),
{% endfor %}

summed as (
    {% for moment in pair_moments() %}
        select * from summed_{{ loop.index }}
        where last_interacted_at >= as_of_date - interval '364 days'
        {{ "union all" if not loop.last }}
    {% endfor %}
),

-- Orders are numbered in time; of late ones that were not known at the date none is counted.
unknown_orders as (
    select
        summed.known_until,
        summed.user_id,
        summed.item_id,
        count(*) as orders
    from summed
    inner join {{ ref('int_late_orders') }} as late
        on
            summed.user_id = late.user_id
            and summed.known_until <= late.known_at
            and summed.first_order_number > late.order_number
    group by summed.known_until, summed.user_id, summed.item_id
),

-- Of a pair with a late order the gaps are those that were known at the date.
corrected as (
    select
        summed.as_of_date,
        summed.known_until,
        summed.known_until as counted_until,
        cast(summed.user_id as varchar) as user_id,
        cast(summed.item_id as varchar) as item_id,
        {% for name in pair_measures() -%}
            summed.{{ name }},
        {% endfor -%}
        summed.quantity_364d,
        summed.interactions_hl91d,
        summed.orders_ever,
        summed.first_ordered_at,
        summed.last_ordered_at,
        summed.last_interacted_at,
        case
            when late.user_id is null then summed.order_gap_variance
            else late.order_gap_variance
        end as order_gap_variance,
        summed.first_order_number - coalesce(unknown_orders.orders, 0) as first_order_number,
        summed.expires_at,
        summed.inputs_hash
    from summed
    left join unknown_orders
        on
            summed.known_until = unknown_orders.known_until
            and summed.user_id = unknown_orders.user_id
            and summed.item_id = unknown_orders.item_id
    left join {{ ref('int_late_pair_gaps') }} as late
        on
            summed.as_of_date = late.as_of_date
            and summed.user_id = late.user_id
            and summed.item_id = late.item_id
)

select * from corrected
