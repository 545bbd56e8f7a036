with

events as (
    select * from {{ ref('stg_aisle__events') }}
),

visit_events as (
    select
        message_id,
        batch_id,
        event_type,
        page_name,
        source,
        properties,
        context
    from events
    where
        event_type in ('page', 'screen')
        or (
            event_type = 'track'
            and (
                context is not null
                -- An import says which of the shop's own sessions an event belongs to.
                or (source = 'import' and cast(properties as varchar) like '%"session_id"%')
            )
        )
)

select * from visit_events
