with

events as (
    select
        session_id,
        message_id,
        event_number,
        event_name,
        occurred_at
    from {{ ref('int_events_sessionized') }}
    where event_type = 'track'
),

lines as (
    select distinct
        message_id,
        item_id
    from {{ ref('int_item_lines_unnested') }}
    where quarantine_reason is null
),

named as (
    select
        events.session_id,
        events.event_number,
        events.event_name,
        events.occurred_at,
        lines.item_id
    from events
    inner join lines on events.message_id = lines.message_id
),

final as (
    select
        named.session_id,
        named.event_number,
        named.event_name,
        named.item_id,
        categories.category
    from named
    left join {{ ref('int_item_categories') }} as categories
        on
            named.item_id = categories.item_id
            and named.occurred_at >= categories.valid_from
            and named.occurred_at < coalesce(categories.valid_to, {{ end_of_time() }})
)

select * from final
