{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_rows('int_pair_segments', ['as_of_date']) }}",
) }}

-- depends_on: {{ ref('int_user_category_rows') }}
-- (Not read here: both fill the memory, so they are not made at the same time.)

{% set windows = pair_windows() %}
{% set half_lives = pair_half_lives() %}

with

wanted as (
    {{ rows_to_compute('int_pair_segments', ['as_of_date']) }}
),

-- One date after the other, for the memory. Weights are worked out before pairs meet segments, of
-- which a user has several.
{% for moment in pair_moments() %}
    weighed_{{ loop.index }} as (
        select
            pairs.*,
            wanted.inputs_hash as wanted_hash,
            {{ days_between('pairs.first_ordered_at', 'pairs.last_ordered_at') }} as gap_days,
            {{ weights_left_at_date('pairs') }},
            {{ weights_left(days_between('pairs.last_ordered_at', 'pairs.known_until'), 'user') }}
        from {{ ref('int_user_item_rows') }} as pairs
        inner join wanted on pairs.as_of_date = wanted.as_of_date
        where pairs.as_of_date = {{ moment.as_of_date }}
    ),

    added_{{ loop.index }} as (
        select
            pairs.as_of_date,
            pairs.item_id,
            segments.segment_kind,
            segments.segment,
            {% for days in windows['orders'] -%}
                {{ summed_count('pairs.orders', days) }} as orders_{{ days }}d,
                count(case when pairs.orders_{{ days }}d > 0 then 1 end) as users_{{ days }}d,
            {% endfor -%}
            {% for days in half_lives['orders'] -%}
                {{ rounded(summed_left('pairs.orders', days)) }} as orders_hl{{ days }}d,
                {{ rounded('sum(pairs.user_hl' ~ days ~ 'd)') }} as users_hl{{ days }}d,
            {% endfor -%}
            {% for days in windows['spend'] -%}
                {{ money('sum(pairs.spend_' ~ days ~ 'd)') }} as spend_{{ days }}d,
            {% endfor -%}
            {% for days in half_lives['spend'] -%}
                {{ money(summed_left('pairs.spend', days)) }} as spend_hl{{ days }}d,
            {% endfor -%}
            sum(greatest(pairs.orders_ever - 1, 0)) as gaps,
            sum(pairs.gap_days) as gap_days,
            -- A pair's gaps, squared and added up, from their mean and variance.
            sum(
                (pairs.orders_ever - 2) * coalesce(pairs.order_gap_variance, 0)
                + pairs.gap_days * pairs.gap_days / nullif(pairs.orders_ever - 1, 0)
            ) as gap_squares,
            max(pairs.last_ordered_at) as last_sold_at,
            max(pairs.wanted_hash) as inputs_hash
        from weighed_{{ loop.index }} as pairs
        inner join {{ ref('int_user_segments') }} as segments
            on pairs.as_of_date = segments.as_of_date and pairs.user_id = segments.user_id
        where segments.as_of_date = {{ moment.as_of_date }}
        group by pairs.as_of_date, pairs.item_id, segments.segment_kind, segments.segment
    ),
{% endfor %}

added as (
    {% for moment in pair_moments() %}
        select * from added_{{ loop.index }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

-- Joined, as a window over so many columns would sort them all.
item_totals as (
    select
        as_of_date,
        item_id,
        segment_kind,
        sum(orders_91d) as orders_91d
    from added
    group by as_of_date, item_id, segment_kind
),

segment_totals as (
    select
        as_of_date,
        segment_kind,
        segment,
        sum(orders_91d) as orders_91d
    from added
    group by as_of_date, segment_kind, segment
),

kind_totals as (
    select
        as_of_date,
        segment_kind,
        sum(orders_91d) as orders_91d
    from segment_totals
    group by as_of_date, segment_kind
),

compared as (
    select
        added.*,
        item_totals.orders_91d as item_orders_91d,
        cast(segment_totals.orders_91d as double precision)
        / nullif(kind_totals.orders_91d, 0) as share_of_all_91d
    from added
    inner join item_totals
        on
            added.as_of_date = item_totals.as_of_date
            and added.item_id = item_totals.item_id
            and added.segment_kind = item_totals.segment_kind
    inner join segment_totals
        on
            added.as_of_date = segment_totals.as_of_date
            and added.segment_kind = segment_totals.segment_kind
            and added.segment = segment_totals.segment
    inner join kind_totals
        on
            added.as_of_date = kind_totals.as_of_date
            and added.segment_kind = kind_totals.segment_kind
),

-- An item with few orders is taken to sell to a segment as everything does; and of a segment with
-- few orders little is believed.
smoothed as (
    select
        *,
        {{ days_between('last_sold_at', 'as_of_date') }} as days_since_last_sale,
        {{ rounded('gap_days / nullif(gaps, 0)') }} as mean_days_between_purchases,
        {{ money(
            'greatest(gap_squares - gap_days * gap_days / nullif(gaps, 0), 0)'
            ~ ' / nullif(greatest(gaps - 1, 0), 0)'
        ) }} as variance_days_between_purchases,
        (orders_91d + {{ var('segment_prior_orders') }} * share_of_all_91d)
        / (item_orders_91d + {{ var('segment_prior_orders') }}) as order_share_91d,
        (orders_91d + {{ var('segment_prior_orders') }})
        / (item_orders_91d * share_of_all_91d + {{ var('segment_prior_orders') }})
            as order_lift_91d
    from compared
    where orders_364d > 0
),

final as (
    select
        as_of_date,
        cast(item_id as varchar) as item_id,
        cast(segment as varchar) as segment,
        cast(segment_kind as varchar) as segment_kind,
        {% for days in windows['orders'] -%}
            orders_{{ days }}d,
            users_{{ days }}d,
        {% endfor -%}
        {{ trend_28d_91d('orders_28d', 'orders_91d') }} as orders_trend_28d_91d,
        {% for days in half_lives['orders'] -%}
            orders_hl{{ days }}d,
            users_hl{{ days }}d,
        {% endfor -%}
        {% for days in windows['spend'] -%}
            spend_{{ days }}d,
        {% endfor -%}
        {% for days in half_lives['spend'] -%}
            spend_hl{{ days }}d,
        {% endfor -%}
        days_since_last_sale,
        mean_days_between_purchases,
        variance_days_between_purchases,
        days_since_last_sale / nullif(mean_days_between_purchases, 0) as purchase_gap_ratio,
        order_share_91d,
        order_lift_91d,
        inputs_hash
    from smoothed
)

select * from final
