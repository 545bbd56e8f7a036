{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='user_id',
    on_schema_change='fail',
    pre_hook="{{ forget_users_without_events() }}",
) }}

with

selected as (
    select * from {{ ref('int_feature_events_selected') }}
),

{% if is_incremental() %}
    -- Whatever a user did is made anew when any of it changed: a row knows its neighbours.
    delivered_users as (
        select
            user_id,
            sum(row_hash) as content
        from selected
        group by user_id
    ),

    kept_users as (
        select
            user_id,
            sum(row_hash) as content
        from {{ this }}
        group by user_id
    ),

    changed_users as (
        select delivered_users.user_id
        from delivered_users
        left join kept_users on delivered_users.user_id = kept_users.user_id
        where kept_users.content is null or kept_users.content <> delivered_users.content
    ),

    events as (
        select selected.* from selected
        inner join changed_users on selected.user_id = changed_users.user_id
    ),
{% else %}
    events as (
        select * from selected
    ),
{% endif %}

-- An order's first line stands for the order.
orders as (
    select
        user_id,
        order_id,
        min(item_id) as first_item_id,
        min(occurred_at) as ordered_at
    from events
    where event = 'Order Completed'
    group by user_id, order_id
),

order_gaps as (
    select
        user_id,
        order_id,
        first_item_id,
        ordered_at,
        lag(ordered_at) over (partition by user_id order by ordered_at, order_id)
            as previous_ordered_at
    from orders
),

sequenced as (
    select
        *,
        row_number() over same_item as purchase_number,
        lag(occurred_at) over same_item as previous_item_at,
        lead(occurred_at) over same_item as next_item_at,
        lag(occurred_at) over same_category as previous_category_at,
        lead(occurred_at) over same_category as next_category_at
    from events
    window
        same_item as (partition by event, user_id, item_id order by occurred_at, order_id),
        same_category as (
            partition by event, user_id, category order by occurred_at, order_id, item_id
        )
),

gaps_measured as (
    select
        sequenced.user_id,
        sequenced.item_id,
        sequenced.order_id,
        sequenced.event,
        sequenced.occurred_at,
        sequenced.known_at,
        sequenced.category,
        sequenced.quantity,
        sequenced.value,
        cast(sequenced.purchase_number as bigint) as purchase_number,
        sequenced.previous_item_at,
        sequenced.next_item_at,
        sequenced.previous_category_at,
        sequenced.next_category_at,
        order_gaps.order_id is not null as is_first_line,
        -- Rounded here, so that their sums are the same in whatever order they are added up.
        {{ money(days_between('order_gaps.previous_ordered_at', 'order_gaps.ordered_at')) }}
            as order_gap_days,
        {{ money(days_between('sequenced.previous_item_at', 'sequenced.occurred_at')) }}
            as purchase_gap_days,
        {{ week_number('sequenced.occurred_at') }} as week,
        sequenced.row_hash
    from sequenced
    left join order_gaps
        on
            sequenced.event = 'Order Completed'
            and sequenced.user_id = order_gaps.user_id
            and sequenced.order_id = order_gaps.order_id
            and sequenced.item_id = order_gaps.first_item_id
),

final as (
    select
        *,
        {{ money('order_gap_days * order_gap_days') }} as order_gap_squares,
        {{ money('purchase_gap_days * purchase_gap_days') }} as purchase_gap_squares
    from gaps_measured
)

select * from final
