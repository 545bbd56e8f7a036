with

exposures as (
    select * from {{ ref('int_exposures_identified') }}
),

sessions as (
    select
        message_id,
        session_id
    from {{ ref('int_events_sessionized') }}
),

outcomes as (
    select * from {{ ref('int_exposure_outcomes_attributed') }}
),

final as (
    select
        exposures.message_id,
        exposures.position,
        exposures.item_id,
        exposures.list_id,
        exposures.category,
        exposures.recommendation_id,
        exposures.user_id,
        exposures.device_id,
        sessions.session_id,
        exposures.shown_at,
        clicks.happened_at as clicked_at,
        clicks.outcome_id as click_message_id,
        orders.happened_at as ordered_at,
        orders.outcome_id as order_id,
        orders.value,
        exposures.source
    from exposures
    left join sessions on exposures.message_id = sessions.message_id
    left join outcomes as clicks
        on
            exposures.message_id = clicks.message_id
            and exposures.position = clicks.position
            and clicks.kind = 'click'
    left join outcomes as orders
        on
            exposures.message_id = orders.message_id
            and exposures.position = orders.position
            and orders.kind = 'order'
)

select * from final
