{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_rows('int_pair_users_catalogued', ['as_of_date', 'user_id']) }}",
) }}

with

wanted as (
    {{ rows_to_compute('int_pair_users_catalogued', ['as_of_date', 'user_id']) }}
),

-- Two items of a category in one order are one order; one date after the other, for the memory.
{% for moment in pair_moments() %}
    ordered_{{ loop.index }} as (
        select
            wanted.as_of_date,
            wanted.inputs_hash,
            interactions.user_id,
            categories.category,
            interactions.order_id,
            min(interactions.interacted_at) as ordered_at
        from {{ ref('int_interactions_sequenced') }} as interactions
        inner join wanted
            on
                interactions.user_id = wanted.user_id
                and interactions.known_at < wanted.known_until
        inner join {{ ref('int_pair_item_categories') }} as categories
            on
                wanted.as_of_date = categories.as_of_date
                and interactions.item_id = categories.item_id
        where
            wanted.as_of_date = {{ moment.as_of_date }}
            and categories.as_of_date = {{ moment.as_of_date }}
            and categories.category is not null
            and interactions.event = 'Order Completed'
        group by
            wanted.as_of_date,
            wanted.inputs_hash,
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
        user_id,
        category,
        count(*) as orders_ever,
        {{ rounded('avg(gap_days)') }} as mean_days_between_orders,
        {{ rounded('var_samp(gap_days)') }} as order_gap_variance,
        max(inputs_hash) as inputs_hash
    from spaced
    group by as_of_date, user_id, category
)

select * from orders
