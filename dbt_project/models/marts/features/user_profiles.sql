{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_rows('int_pair_profiles', ['as_of_date']) }}",
) }}

{% set interests = {'categories': 'category', 'brands': 'brand'} %}

with

wanted as (
    {{ rows_to_compute('int_pair_profiles', ['as_of_date']) }}
),

segments as (
    select * from {{ ref('int_user_segments') }}
    where segment_kind = 'activity'
),

users as (
    select
        as_of_date,
        user_id
    from {{ ref('int_pair_users') }}
    union
    select
        as_of_date,
        user_id
    from {{ ref('int_profile_sessions') }}
),

{% for name, key in interests.items() %}
    ranked_{{ name }} as (
        select
            features.*,
            row_number() over (
                partition by features.as_of_date, features.user_id
                order by features.interaction_share_hl91d desc, features.{{ key }} asc
            ) as strongest_first
        from {{ ref('user_' ~ key ~ '_features') }} as features
        inner join wanted on features.as_of_date = wanted.as_of_date
        where features.interaction_share_hl91d > 0
    ),

    top_{{ name }} as (
        select
            as_of_date,
            user_id,
            array_agg({{ key }} order by strongest_first) as top_{{ name }},
            array_agg(interaction_share_hl91d order by strongest_first)
                as top_{{ name }}_strengths,
            array_agg(days_since_last_event order by strongest_first) as top_{{ name }}_days_since
        from ranked_{{ name }}
        where strongest_first <= {{ var('interests_kept') }}
        group by as_of_date, user_id
    ),
{% endfor %}

prices as (
    select
        pairs.as_of_date,
        pairs.user_id,
        {{ rounded('sum(pairs.orders_364d * levels.price_level) / sum(pairs.orders_364d)') }}
            as price_level_364d
    from {{ ref('int_user_item_rows') }} as pairs
    inner join wanted on pairs.as_of_date = wanted.as_of_date
    inner join {{ ref('int_item_price_levels') }} as levels
        on pairs.as_of_date = levels.as_of_date and pairs.item_id = levels.item_id
    where pairs.orders_364d > 0
    group by pairs.as_of_date, pairs.user_id
),

final as (
    select
        as_of_date,
        cast(user_id as varchar) as user_id,
        cast(segments.segment as varchar) as activity_segment,
        cast(sessions.main_device_type_91d as varchar) as main_device_type_91d,
        coalesce(sessions.sessions_91d, 0) as sessions_91d,
        sessions.mean_session_seconds_91d,
        sessions.mean_session_events_91d,
        sessions.days_since_last_session,
        cast(orders.main_channel_364d as varchar) as main_channel_364d,
        orders.main_channel_share_364d,
        coalesce(orders.channels_364d, 0) as channels_364d,
        {% for name in ['night', 'morning', 'afternoon', 'evening', 'monday', 'tuesday',
                        'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] -%}
            orders.order_share_{{ name }}_364d,
        {% endfor -%}
        orders.discount_order_share_364d,
        orders.discount_rate_364d,
        prices.price_level_364d,
        orders.basket_value_variation_364d,
        orders.basket_size_variation_364d,
        orders.order_gap_variation_364d,
        {% for name in interests -%}
            cast(top_{{ name }}.top_{{ name }} as varchar[]) as top_{{ name }},
            top_{{ name }}.top_{{ name }}_strengths,
            top_{{ name }}.top_{{ name }}_days_since,
        {% endfor -%}
        wanted.inputs_hash
    from users
    inner join wanted using (as_of_date)
    left join segments using (as_of_date, user_id)
    left join {{ ref('int_profile_sessions') }} as sessions using (as_of_date, user_id)
    left join {{ ref('int_profile_orders') }} as orders using (as_of_date, user_id)
    left join prices using (as_of_date, user_id)
    left join top_categories using (as_of_date, user_id)
    left join top_brands using (as_of_date, user_id)
)

select * from final
