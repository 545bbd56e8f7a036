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
    added_{{ loop.index }} as (
        select
            pairs.as_of_date,
            pairs.known_until,
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
                sum({{ decayed_on('pairs', 'orders_hl' ~ days ~ 'd', days) }})
                    as order_lines_hl{{ days }}d,
            {% endfor -%}
            sum({{ decayed_on('pairs', 'views_hl7d', 7) }}) as views_hl7d,
            sum({{ decayed_on('pairs', 'interactions_hl91d', 91) }}) as interactions_hl91d,
            cast(sum(pairs.adds_28d) as bigint) as adds_28d,
            max(pairs.last_ordered_at) as last_ordered_at,
            max(pairs.last_interacted_at) as last_interacted_at,
            min(pairs.expires_at) as expires_at,
            max(users.history_hash) as inputs_hash,
            max(users.catalogue_hash) as catalogue_hash
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
        group by pairs.as_of_date, pairs.known_until, pairs.user_id, categories.category
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
