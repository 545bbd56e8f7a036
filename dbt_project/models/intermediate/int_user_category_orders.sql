{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=[
        "{{ find_users_to_move(catalogued=true) }}",
        "{{ find_rows_to_count('category', expires=false) }}",
        "{{ forget_users_not_moved() }}",
        "{{ move_users() }}",
        "{{ forget_rows_to_count('category') }}",
    ],
) }}

-- depends_on: {{ ref('int_pair_dates') }}
-- depends_on: {{ ref('int_pair_users') }}
-- depends_on: {{ ref('int_late_orders') }}

with

-- Two items of a category in one order are one order; one date after the other, for the memory.
{% for moment in pair_moments() %}
    ordered_{{ loop.index }} as (
        select
            users.as_of_date,
            users.known_until,
            users.history_hash,
            users.catalogue_hash,
            interactions.user_id,
            categories.category,
            interactions.order_id,
            min(interactions.interacted_at) as ordered_at
        from {{ ref('int_interactions_sequenced') }} as interactions
        inner join {{ ref('int_pair_users_catalogued') }} as users
            on
                interactions.user_id = users.user_id
                and {{ is_known('interactions', 'users.known_until') }}
        inner join {{ ref('int_pair_item_categories') }} as categories
            on
                users.as_of_date = categories.as_of_date
                and interactions.item_id = categories.item_id
        where
            users.as_of_date = {{ moment.as_of_date }}
            and categories.as_of_date = {{ moment.as_of_date }}
            and categories.category is not null
            and interactions.event = 'Order Completed'
        {% if is_incremental() %}
                -- Users by themselves, before their events meet the catalogue.
                and interactions.user_id in (
                    select counted.user_id
                    from {{ aside('counted') }} as counted
                    where counted.known_until = {{ pair_until(moment) }}
                )
                and {{ category_is_counted(moment, 'interactions') }}
        {% endif %}
        group by
            users.as_of_date,
            users.known_until,
            users.history_hash,
            users.catalogue_hash,
            interactions.user_id,
            categories.category,
            interactions.order_id
    ),

    spaced_{{ loop.index }} as (
        select
            *,
            {{ days_between('lag(ordered_at) over in_category', 'ordered_at') }} as gap_days
        from ordered_{{ loop.index }}
        window in_category as (partition by user_id, category order by ordered_at, order_id)
    ),
{% endfor %}

spaced as (
    {% for moment in pair_moments() %}
        select * from spaced_{{ loop.index }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

orders as (
    select
        as_of_date,
        known_until,
        user_id,
        category,
        count(*) as orders_ever,
        {{ rounded('avg(gap_days)') }} as mean_days_between_orders,
        {{ rounded('var_samp(gap_days)') }} as order_gap_variance,
        max(history_hash) as inputs_hash,
        max(catalogue_hash) as catalogue_hash
    from spaced
    group by as_of_date, known_until, user_id, category
)

select * from orders
