{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_rows('int_pair_orders', ['as_of_date']) }}",
) }}

{% set parts_of_day = {
    'night': [0, 6], 'morning': [6, 12], 'afternoon': [12, 18], 'evening': [18, 24],
} %}
{% set weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] %}

with

wanted as (
    {{ rows_to_compute('int_pair_orders', ['as_of_date']) }}
),

baskets as (
    select
        wanted.as_of_date,
        wanted.inputs_hash,
        lines.user_id,
        lines.order_id,
        min(lines.ordered_at) as ordered_at,
        {{ local_time('min(lines.ordered_at)') }} as local_ordered_at,
        cast(sum(lines.item_count) as bigint) as item_count,
        sum(lines.value) as value,
        -- The same in all lines of an order.
        min(lines.channel) as channel,
        min(lines.discount) as discount
    from {{ ref('int_profile_lines') }} as lines
    inner join wanted
        on
            {{ is_known('lines', 'wanted.known_until') }}
            and lines.ordered_at >= wanted.known_until - interval '364 days'
    group by wanted.as_of_date, wanted.inputs_hash, lines.user_id, lines.order_id
),

known as (
    select
        *,
        {{ days_between('lag(ordered_at) over of_user', 'ordered_at') }} as gap_days
    from baskets
    window of_user as (partition by as_of_date, user_id order by ordered_at, order_id)
),

channels as (
    select
        as_of_date,
        user_id,
        channel,
        count(*) as orders,
        row_number() over (
            partition by as_of_date, user_id
            order by count(*) desc, channel asc
        ) as most_first
    from known
    where channel is not null
    group by as_of_date, user_id, channel
),

summed as (
    select
        as_of_date,
        user_id,
        count(*) as orders_364d,
        count(distinct channel) as channels_364d,
        {% for name, hours in parts_of_day.items() -%}
            {{ rounded(
                "avg(case when extract(hour from local_ordered_at) >= " ~ hours[0]
                ~ " and extract(hour from local_ordered_at) < " ~ hours[1] ~ " then 1.0 else 0.0 end)"
            ) }} as order_share_{{ name }}_364d,
        {% endfor -%}
        {% for name in weekdays -%}
            {{ rounded(
                "avg(case when extract(isodow from local_ordered_at) = " ~ loop.index
                ~ " then 1.0 else 0.0 end)"
            ) }} as order_share_{{ name }}_364d,
        {% endfor -%}
        {{ rounded("avg(case when discount > 0 then 1.0 when discount = 0 then 0.0 end)") }}
            as discount_order_share_364d,
        {{ rounded(
            "sum(discount) / nullif(sum(discount) + sum(case when discount is not null then value "
            ~ "end), 0)"
        ) }} as discount_rate_364d,
        {{ rounded('stddev_samp(value) / nullif(avg(value), 0)') }} as basket_value_variation_364d,
        {{ rounded('stddev_samp(item_count) / nullif(avg(item_count), 0)') }}
            as basket_size_variation_364d,
        {{ rounded('stddev_samp(gap_days) / nullif(avg(gap_days), 0)') }}
            as order_gap_variation_364d,
        max(inputs_hash) as inputs_hash
    from known
    group by as_of_date, user_id
),

final as (
    select
        summed.*,
        channels.channel as main_channel_364d,
        {{ rounded('channels.orders * 1.0 / summed.orders_364d') }} as main_channel_share_364d
    from summed
    left join channels
        on
            summed.as_of_date = channels.as_of_date
            and summed.user_id = channels.user_id
            and channels.most_first = 1
)

select * from final
