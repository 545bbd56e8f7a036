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

added as (
    select
        pairs.as_of_date,
        pairs.user_id,
        categories.brand,
        cast(sum(pairs.orders_28d) as bigint) as order_lines_28d,
        cast(sum(pairs.orders_364d) as bigint) as order_lines_364d,
        {{ rounded('sum(' ~ decayed_on('pairs', 'orders_hl91d', 91) ~ ')') }} as order_lines_hl91d,
        {{ rounded('sum(' ~ decayed_on('pairs', 'interactions_hl91d', 91) ~ ')') }}
            as interactions_hl91d,
        {{ money('sum(pairs.spend_364d)') }} as spend_364d,
        cast(sum(pairs.views_28d) as bigint) as views_28d,
        max(pairs.last_ordered_at) as last_ordered_at,
        max(pairs.last_interacted_at) as last_interacted_at,
        max(wanted.inputs_hash) as inputs_hash
    from {{ ref('int_user_item_rows') }} as pairs
    inner join wanted
        on pairs.as_of_date = wanted.as_of_date and pairs.user_id = wanted.user_id
    inner join {{ ref('int_pair_item_categories') }} as categories
        on pairs.as_of_date = categories.as_of_date and pairs.item_id = categories.item_id
    where categories.brand is not null
    group by pairs.as_of_date, pairs.user_id, categories.brand
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
        added.order_lines_28d,
        added.order_lines_364d,
        added.order_lines_hl91d,
        added.spend_364d,
        added.views_28d,
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
