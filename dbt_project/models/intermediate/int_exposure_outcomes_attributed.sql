{{ config(materialized='table') }}

with

exposures as (
    select * from {{ ref('int_exposures_identified') }}
),

outcomes as (
    select * from {{ ref('int_exposure_outcomes_found') }}
),

-- Once by the user and once by the device: either of them tells that it is the same person.
{% for person in ['user_id', 'device_id'] %}
    lined_up_by_{{ person }} as (
        select
            {{ person }} as person,
            item_id,
            shown_at as happened_at,
            0 as is_outcome,
            message_id,
            -- Of two places in one list the first counts, so it comes last here.
            -position as tie,
            position,
            cast(null as varchar) as kind,
            cast(null as varchar) as outcome_id
        from exposures
        where {{ person }} is not null
        union all
        select
            {{ person }} as person,
            item_id,
            happened_at,
            1 as is_outcome,
            outcome_id as message_id,
            0 as tie,
            null as position,
            kind,
            outcome_id
        from outcomes
        where {{ person }} is not null
    ),

    numbered_by_{{ person }} as (
        select
            *,
            row_number() over (
                partition by person, item_id
                order by happened_at, is_outcome, message_id, tie, kind
            ) as place
        from lined_up_by_{{ person }}
    ),

    looked_back_by_{{ person }} as (
        select
            *,
            max(case when is_outcome = 0 then place end) over (
                partition by person, item_id
                order by place
                rows unbounded preceding
            ) as newest_exposure
        from numbered_by_{{ person }}
    ),

    touched_by_{{ person }} as (
        select
            outcomes.kind,
            outcomes.outcome_id,
            outcomes.item_id,
            exposures.message_id,
            exposures.position,
            exposures.happened_at as shown_at
        from looked_back_by_{{ person }} as outcomes
        inner join looked_back_by_{{ person }} as exposures
            on
                outcomes.person = exposures.person
                and outcomes.item_id = exposures.item_id
                and outcomes.newest_exposure = exposures.place
        where outcomes.is_outcome = 1
    ),
{% endfor %}

touched as (
    select * from touched_by_user_id
    union all
    select * from touched_by_device_id
),

last_touches as (
    select
        *,
        row_number() over (
            partition by kind, outcome_id, item_id
            order by shown_at desc, message_id desc, position asc
        ) as newest_first
    from touched
),

in_time as (
    select
        last_touches.message_id,
        last_touches.position,
        last_touches.kind,
        last_touches.outcome_id,
        outcomes.happened_at,
        outcomes.value,
        row_number() over (
            partition by last_touches.kind, last_touches.message_id, last_touches.position
            order by outcomes.happened_at, last_touches.outcome_id
        ) as first_first
    from last_touches
    inner join outcomes
        on
            last_touches.kind = outcomes.kind
            and last_touches.outcome_id = outcomes.outcome_id
            and last_touches.item_id = outcomes.item_id
    where
        last_touches.newest_first = 1
        and outcomes.happened_at <= last_touches.shown_at + case
            when last_touches.kind = 'click'
                then interval '{{ var("exposure_click_minutes") }} minutes'
            else interval '{{ var("exposure_order_days") }} days'
        end
),

attributed as (
    select
        message_id,
        position,
        kind,
        outcome_id,
        happened_at,
        value
    from in_time
    where first_first = 1
)

select * from attributed
