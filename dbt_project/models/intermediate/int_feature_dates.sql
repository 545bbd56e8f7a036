with

first_purchase as (
    select min(ordered_at) as ordered_at
    from {{ ref('int_purchases_sequenced') }}
),

weeks as (
    select
        {{ numbers_between(week_number('ordered_at', false), week_number(as_of(), false)) }} as week
    from first_purchase
    where ordered_at is not null
),

mondays as (
    select
        false as is_latest,
        week,
        {{ first_monday() }} + week * interval '7 days' as as_of_date
    from weeks
),

unioned as (
    select * from mondays
    where as_of_date < {{ as_of() }}
    union all
    select
        true as is_latest,
        0 as week,
        {{ as_of() }} as as_of_date
    from first_purchase
    where ordered_at is not null
)

select * from unioned
