{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_rows('int_pair_profiles', ['as_of_date']) }}",
) }}

with

wanted as (
    {{ rows_to_compute('int_pair_profiles', ['as_of_date']) }}
),

moments as (
    select
        pair_dates.as_of_date,
        pair_dates.known_until,
        wanted.inputs_hash
    from {{ ref('int_pair_dates') }} as pair_dates
    inner join wanted on pair_dates.as_of_date = wanted.as_of_date
),

sold as (
    select
        moments.as_of_date,
        interactions.item_id,
        {{ money('sum(interactions.value)') }} as value,
        {{ money('sum(interactions.quantity)') }} as quantity,
        max(moments.inputs_hash) as inputs_hash
    from {{ ref('int_interactions_sequenced') }} as interactions
    inner join moments
        on
            {{ is_known('interactions', 'moments.known_until') }}
            and interactions.interacted_at >= moments.known_until - interval '364 days'
    where interactions.event = 'Order Completed'
    group by moments.as_of_date, interactions.item_id
),

ranked as (
    select
        sold.as_of_date,
        sold.item_id,
        sold.inputs_hash,
        case
            -- Neither dear nor cheap when there is nothing to compare with.
            when count(*) over (partition by sold.as_of_date, categories.category) = 1 then 0.5
            else percent_rank() over (
                partition by sold.as_of_date, categories.category
                order by sold.value / sold.quantity
            )
        end as price_level
    from sold
    inner join {{ ref('int_pair_item_categories') }} as categories
        on sold.as_of_date = categories.as_of_date and sold.item_id = categories.item_id
    where
        sold.quantity > 0
        and categories.category is not null
)

select * from ranked
