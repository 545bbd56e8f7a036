{{ config(materialized='table') }}

with

sold as (
    select
        pair_dates.as_of_date,
        interactions.item_id,
        {{ money('sum(interactions.value)') }} as value,
        {{ money('sum(interactions.quantity)') }} as quantity
    from {{ ref('int_interactions_sequenced') }} as interactions
    inner join {{ ref('int_pair_dates') }} as pair_dates
        on
            interactions.known_at < pair_dates.known_until
            and interactions.interacted_at >= pair_dates.known_until - interval '364 days'
    where interactions.event = 'Order Completed'
    group by pair_dates.as_of_date, interactions.item_id
),

ranked as (
    select
        sold.as_of_date,
        sold.item_id,
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
