with

first_event as (
    select min(occurred_at) as occurred_at
    from {{ ref('int_feature_events') }}
),

weeks as (
    select {{ numbers_between(week_number('occurred_at'), week_number(as_of())) }} as week
    from first_event
    where occurred_at is not null
),

mondays as (
    select
        false as is_latest,
        week,
        {{ first_monday() }} + week * interval '7 days' as as_of_date
    from weeks
),

unioned as (
    select
        is_latest,
        week,
        as_of_date,
        -- A Monday's row knows what came before its midnight.
        as_of_date as known_before
    from mondays
    where as_of_date < {{ as_of() }}
    union all
    select
        true as is_latest,
        0 as week,
        {{ as_of() }} as as_of_date,
        -- The row of now knows what came up to now, inclusive.
        {{ as_of() }} + interval '1 microsecond' as known_before
    from first_event
    where occurred_at is not null
)

select * from unioned
