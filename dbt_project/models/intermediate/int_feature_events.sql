{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['user_id', 'event', 'order_id', 'item_id'],
    on_schema_change='fail',
    pre_hook=[
        "{{ hash_delivered_users() }}",
        "{{ find_changed_users() }}",
        "{{ forget_undelivered_events() }}",
    ],
) }}

with

-- Whatever a user did is looked at anew when any of it changed: a row knows its neighbours.
events as (
    {% if is_incremental() %}
        select * from {{ aside('changed') }}
    {% else %}
        select * from {{ ref('int_feature_events_selected') }}
    {% endif %}
),

placed as (
    select
        *,
        -- Of what was the user's from the beginning; no later login changes that.
        case when former_user_id is null then occurred_at end as told_moment
    from events
),

-- An order's first line stands for the order.
orders as (
    select
        user_id,
        order_id,
        min(item_id) as first_item_id,
        min(occurred_at) as ordered_at,
        min(known_at) as known_at
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
        known_at,
        row_number() over of_user as order_number,
        lag(ordered_at) over of_user as previous_ordered_at
    from orders
    window of_user as (partition by user_id order by ordered_at, order_id)
),

sequenced as (
    select
        *,
        row_number() over of_user as event_number,
        row_number() over same_item as purchase_number,
        lag(occurred_at) over same_item as previous_item_at,
        lead(occurred_at) over same_item as next_item_at,
        count(told_moment) over (same_item rows unbounded preceding) as told_number,
        max(told_moment) over (
            same_item rows between unbounded preceding and 1 preceding
        ) as previous_told_at,
        min(told_moment) over (
            same_item rows between 1 following and unbounded following
        ) as next_told_at,
        lag(occurred_at) over same_category as previous_category_at,
        lead(occurred_at) over same_category as next_category_at
    from placed
    window
        of_user as (partition by user_id order by occurred_at, order_id, item_id, event),
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
        sequenced.former_user_id,
        sequenced.moved_at,
        sequenced.category,
        sequenced.quantity,
        sequenced.value,
        cast(sequenced.event_number as bigint) as event_number,
        cast(order_gaps.order_number as bigint) as order_number,
        order_gaps.known_at as order_known_at,
        cast(sequenced.purchase_number as bigint) as purchase_number,
        sequenced.previous_item_at,
        sequenced.next_item_at,
        sequenced.previous_category_at,
        sequenced.next_category_at,
        cast(sequenced.told_number as bigint) as told_number,
        sequenced.previous_told_at,
        sequenced.next_told_at,
        coalesce(order_gaps.first_item_id = sequenced.item_id, false) as is_first_line,
        -- Rounded here, so that their sums are the same in whatever order they are added up.
        case
            when order_gaps.first_item_id = sequenced.item_id
                then {{ money(days_between(
                    'order_gaps.previous_ordered_at', 'order_gaps.ordered_at'
                )) }}
        end as order_gap_days,
        {{ money(days_between('sequenced.previous_told_at', 'sequenced.occurred_at')) }}
            as purchase_gap_days,
        {{ week_number('sequenced.occurred_at') }} as week,
        sequenced.row_hash,
        sequenced.delivered_hash
    from sequenced
    left join order_gaps
        on
            sequenced.event = 'Order Completed'
            and sequenced.user_id = order_gaps.user_id
            and sequenced.order_id = order_gaps.order_id
),

squared as (
    select
        *,
        {{ money('order_gap_days * order_gap_days') }} as order_gap_squares,
        {{ money('purchase_gap_days * purchase_gap_days') }} as purchase_gap_squares,
        -- Gaps and weeks follow from these.
        {{ row_hash([
            'delivered_hash', 'event_number', 'order_number', 'order_known_at', 'order_gap_days',
            'purchase_number', 'is_first_line', 'previous_item_at', 'next_item_at',
            'previous_category_at', 'next_category_at', 'told_number', 'previous_told_at',
            'next_told_at',
        ]) }} as whole_hash
    from gaps_measured
),

-- Most of what such a user did is as it was.
final as (
    select squared.* from squared
    {% if is_incremental() %}
        left join {{ this }} as kept
            on
                squared.user_id = kept.user_id
                and squared.event = kept.event
                and squared.order_id = kept.order_id
                and squared.item_id = kept.item_id
                and squared.whole_hash = kept.whole_hash
        where kept.user_id is null
    {% endif %}
)

select * from final
