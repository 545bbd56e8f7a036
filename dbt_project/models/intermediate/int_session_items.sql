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

versions as (
    select
        item_id,
        category,
        coalesce(updated_at, loaded_at) as version_at,
        batch_id,
        title,
        {{ known_at('updated_at') }} as known_at
    from {{ ref('stg_aisle__products') }}
),

numbered as (
    select
        named.*,
        nullif(versions.category, '') as category,
        row_number() over (
            partition by named.session_id, named.event_number, named.item_id
            order by versions.version_at desc nulls last, versions.batch_id desc, versions.title asc
        ) as newest_first
    from named
    left join versions
        on
            named.item_id = versions.item_id
            and named.occurred_at >= versions.known_at
),

final as (
    select
        session_id,
        event_number,
        event_name,
        item_id,
        category
    from numbered
    where newest_first = 1
)

select * from final
