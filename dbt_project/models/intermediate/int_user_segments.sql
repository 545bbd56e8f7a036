{{ config(materialized='table') }}

with

users as (
    select
        *,
        -- Of those who ordered lately; equal users stand equally high.
        percent_rank() over (
            partition by as_of_date, orders_91d > 0
            order by orders_91d
        ) as activity_rank
    from {{ ref('int_pair_users') }}
),

active as (
    select
        as_of_date,
        user_id,
        'activity' as segment_kind,
        case
            when orders = 0 or first_ordered_at >= known_until - interval '28 days' then 'new'
            when orders_91d > 0 and activity_rank >= 2.0 / 3 then 'heavy'
            else 'light'
        end as segment
    from users
),

told as (
    select
        users.as_of_date,
        users.user_id,
        '{{ var("demographic_segment") }}' as segment_kind,
        cast(demographics.{{ var("demographic_segment") }} as varchar) as segment,
        row_number() over (
            partition by users.as_of_date, users.user_id
            order by demographics.as_of_date desc
        ) as newest_first
    from {{ ref('int_pair_users') }} as users
    inner join {{ ref('int_user_demographics') }} as demographics
        on
            users.user_id = demographics.user_id
            and users.known_until > demographics.as_of_date
),

unioned as (
    select * from active
    union all
    select
        as_of_date,
        user_id,
        segment_kind,
        segment
    from told
    where
        newest_first = 1
        and segment is not null
),

final as (
    select
        as_of_date,
        user_id,
        segment_kind,
        segment_kind || ':' || segment as segment
    from unioned
)

select * from final
