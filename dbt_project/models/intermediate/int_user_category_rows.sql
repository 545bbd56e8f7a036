{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=[
        "{{ find_users_to_move(catalogued=true) }}",
        "{{ find_rows_to_count('category', source='pairs') }}",
        "{{ forget_users_not_moved() }}",
        "{{ move_users() }}",
        "{{ forget_rows_to_count('category') }}",
    ],
) }}

-- depends_on: {{ ref('int_interactions_sequenced') }}
-- depends_on: {{ ref('int_pair_dates') }}
-- depends_on: {{ ref('int_pair_users') }}
-- depends_on: {{ ref('int_late_orders') }}

with

-- Whatever adds up over the items of a category, one date after the other for the memory.
{% for moment in pair_moments() %}
    weighed_{{ loop.index }} as (
        select
            pairs.*,
            users.history_hash,
            users.catalogue_hash,
            categories.category,
            {{ weights_left_at_date('pairs') }},
            {{ weights_left(days_between('pairs.last_ordered_at', 'pairs.known_until'), 'item') }}
        from {{ ref('int_user_item_rows') }} as pairs
        inner join {{ ref('int_pair_users_catalogued') }} as users
            on pairs.as_of_date = users.as_of_date and pairs.user_id = users.user_id
        inner join {{ ref('int_pair_item_categories') }} as categories
            on pairs.as_of_date = categories.as_of_date and pairs.item_id = categories.item_id
        where
            pairs.as_of_date = {{ moment.as_of_date }}
            and users.as_of_date = {{ moment.as_of_date }}
            and categories.as_of_date = {{ moment.as_of_date }}
            and categories.category is not null
        {% if is_incremental() %}
                and {{ category_is_counted(moment, 'pairs') }}
        {% endif %}
    ),

    added_{{ loop.index }} as (
        select
            as_of_date,
            known_until,
            user_id,
            category,
            {{ summed_pairs(is_rounded=false) }},
            max(last_ordered_at) as last_ordered_at,
            max(last_interacted_at) as last_interacted_at,
            min(expires_at) as expires_at,
            max(history_hash) as inputs_hash,
            max(catalogue_hash) as catalogue_hash
        from weighed_{{ loop.index }}
        group by as_of_date, known_until, user_id, category
    ),
{% endfor %}

added as (
    {% for moment in pair_moments() %}
        select * from added_{{ loop.index }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

final as (
    select
        added.*,
        added.known_until as counted_until,
        coalesce(orders.orders_ever, 0) as orders_ever,
        orders.mean_days_between_orders,
        orders.order_gap_variance
    from added
    left join {{ ref('int_user_category_orders') }} as orders
        on
            added.as_of_date = orders.as_of_date
            and added.user_id = orders.user_id
            and added.category = orders.category
)

select * from final
