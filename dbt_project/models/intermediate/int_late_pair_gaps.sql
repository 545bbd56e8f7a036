{{ config(materialized='table') }}

with

interactions as (
    select * from {{ ref('int_interactions_sequenced') }}
    where event = 'Order Completed'
),

late_pairs as (
    select distinct
        user_id,
        item_id
    from interactions
    where known_at > interacted_at or moved_at is not null
),

gaps as (
    select
        pair_dates.as_of_date,
        interactions.user_id,
        interactions.item_id,
        {{ days_between(
            'lag(interactions.interacted_at) over of_pair', 'interactions.interacted_at'
        ) }} as gap_days
    from interactions
    inner join late_pairs
        on
            interactions.user_id = late_pairs.user_id
            and interactions.item_id = late_pairs.item_id
    inner join {{ ref('int_pair_dates') }} as pair_dates
        on {{ is_known('interactions', 'pair_dates.known_until') }}
    window of_pair as (
        partition by pair_dates.as_of_date, interactions.user_id, interactions.item_id
        order by interactions.interacted_at, interactions.order_id
    )
),

varied as (
    select
        as_of_date,
        user_id,
        item_id,
        {{ rounded('var_samp(gap_days)') }} as order_gap_variance
    from gaps
    group by as_of_date, user_id, item_id
)

select * from varied
