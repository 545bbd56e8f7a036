{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_rows('int_pair_users', ['as_of_date', 'user_id']) }}",
) }}

with

wanted as (
    {{ rows_to_compute('int_pair_users', ['as_of_date', 'user_id']) }}
),

interactions as (
    select * from {{ ref('int_interactions_sequenced') }}
),

late as (
    select
        user_id,
        count(*) as late_events
    from interactions
    where known_at > interacted_at or moved_at is not null
    group by user_id
),

newest as (
    select
        wanted.as_of_date,
        wanted.user_id,
        wanted.inputs_hash,
        wanted.known_until,
        max(interactions.event_number) as event_number,
        coalesce(max(late.late_events), 0) as late_events
    from wanted
    inner join interactions
        on
            wanted.user_id = interactions.user_id
            and {{ is_known('interactions', 'wanted.known_until') }}
    left join late on wanted.user_id = late.user_id
    group by wanted.as_of_date, wanted.user_id, wanted.inputs_hash, wanted.known_until
),

-- The events of a user are numbered in time, once for all dates; those that came late and were not
-- known at a date are left out of it, so that many more are looked at.
numbered as (
    select
        newest.as_of_date,
        newest.inputs_hash,
        interactions.user_id,
        interactions.item_id,
        interactions.event,
        interactions.interacted_at,
        row_number() over in_time as place,
        count(*) over (partition by newest.as_of_date, newest.user_id) as places,
        coalesce(
            {{ days_between(
                'lag(interactions.interacted_at) over in_time', 'interactions.interacted_at'
            ) }},
            0
        ) as gap_days,
        {{ days_between('interactions.interacted_at', 'newest.as_of_date') }} as age_days
    from newest
    inner join interactions
        on
            newest.user_id = interactions.user_id
            and {{ is_known('interactions', 'newest.known_until') }}
            and newest.event_number - newest.late_events - {{ var('sequence_length') }}
            <= interactions.event_number
    window in_time as (
        partition by newest.as_of_date, newest.user_id order by interactions.event_number
    )
),

kept as (
    select * from numbered
    where place > places - {{ var('sequence_length') }}
),

final as (
    select
        as_of_date,
        cast(user_id as varchar) as user_id,
        count(*) as sequence_length,
        cast(array_agg(item_id order by place) as varchar[]) as item_ids,
        cast(array_agg(event order by place) as varchar[]) as events,
        array_agg(gap_days order by place) as gap_days,
        array_agg(age_days order by place) as age_days,
        max(inputs_hash) as inputs_hash
    from kept
    group by as_of_date, user_id
)

select * from final
