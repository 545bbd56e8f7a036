{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_rows('int_pair_users_catalogued', ['as_of_date', 'user_id']) }}",
) }}

{% set windows = pair_windows() %}
{% set half_lives = pair_half_lives() %}

with

wanted as (
    {{ rows_to_compute('int_pair_users_catalogued', ['as_of_date', 'user_id']) }}
),

weighed as (
    select
        pairs.*,
        categories.brand,
        wanted.inputs_hash as wanted_hash,
        {{ weights_left_at_date('pairs') }},
        {{ weights_left(days_between('pairs.last_ordered_at', 'pairs.known_until'), 'item') }}
    from {{ ref('int_user_item_rows') }} as pairs
    inner join wanted
        on pairs.as_of_date = wanted.as_of_date and pairs.user_id = wanted.user_id
    inner join {{ ref('int_pair_item_categories') }} as categories
        on pairs.as_of_date = categories.as_of_date and pairs.item_id = categories.item_id
    where categories.brand is not null
),

added as (
    select
        as_of_date,
        user_id,
        brand,
        {{ summed_pairs(is_rounded=true) }},
        max(last_ordered_at) as last_ordered_at,
        max(last_interacted_at) as last_interacted_at,
        max(wanted_hash) as inputs_hash
    from weighed
    group by as_of_date, user_id, brand
),

totals as (
    select
        as_of_date,
        user_id,
        sum(order_lines_364d) as order_lines_364d,
        {{ rounded('sum(order_lines_hl91d)') }} as order_lines_hl91d,
        {{ rounded('sum(interactions_hl91d)') }} as interactions_hl91d
    from added
    group by as_of_date, user_id
),

final as (
    select
        added.as_of_date,
        cast(added.user_id as varchar) as user_id,
        cast(added.brand as varchar) as brand,
        {% for days in windows['orders'] -%}
            added.order_lines_{{ days }}d,
            added.items_{{ days }}d,
        {% endfor -%}
        {% for days in half_lives['orders'] -%}
            added.order_lines_hl{{ days }}d,
            added.items_hl{{ days }}d,
        {% endfor -%}
        {{ trend_28d_91d('added.order_lines_28d', 'added.order_lines_91d') }}
            as order_lines_trend_28d_91d,
        {% for measure in ['views', 'clicks', 'adds', 'spend'] -%}
            {% for days in windows[measure] -%}
                added.{{ measure }}_{{ days }}d,
            {% endfor -%}
            {% for days in half_lives[measure] -%}
                added.{{ measure }}_hl{{ days }}d,
            {% endfor -%}
        {% endfor -%}
        coalesce(
            cast(added.order_lines_364d as double precision) / nullif(totals.order_lines_364d, 0), 0
        ) as order_line_share_364d,
        coalesce(added.order_lines_hl91d / nullif(totals.order_lines_hl91d, 0), 0)
            as order_line_share_hl91d,
        coalesce(added.interactions_hl91d / nullif(totals.interactions_hl91d, 0), 0)
            as interaction_share_hl91d,
        {{ days_between('added.last_ordered_at', 'added.as_of_date') }} as days_since_last_order,
        {{ days_between('added.last_interacted_at', 'added.as_of_date') }} as days_since_last_event,
        added.inputs_hash
    from added
    inner join totals
        on added.as_of_date = totals.as_of_date and added.user_id = totals.user_id
)

select * from final
