with

renamed as (
    select
        id,
        user_id,
        known_at
    from {{ ref('int_identities') }}
    where id_kind = 'user'
),

records as (
    select
        coalesce(renamed.user_id, customers.user_id) as user_id,
        customers.valid_from as told_at,
        -- What was said of a former name, or by a visitor, is the user's since that was known.
        greatest(customers.valid_from, renamed.known_at) as known_at,
        -- The record of the present name counts before those of former ones.
        case when renamed.id is null then 2 else 1 end as weight,
        {{ json_document("coalesce(customers.attributes, '{}')") }} as document
    from {{ ref('int_customers_versioned') }} as customers
    left join renamed on customers.user_id = renamed.id
    where customers.is_record
),

traits as (
    select
        stitched.user_id,
        events.occurred_at as told_at,
        greatest(events.occurred_at, stitched.linked_at) as known_at,
        3 as weight,
        {{ json_document('events.traits') }} as document
    from {{ ref('stg_aisle__events') }} as events
    inner join {{ ref('int_events_stitched') }} as stitched
        on events.message_id = stitched.message_id
    where
        events.event_type = 'identify'
        and events.occurred_at is not null
        and stitched.user_id is not null
        and coalesce(cast(events.traits as varchar), '{}') <> '{}'
),

documents as (
    select * from records
    union all
    select * from traits
),

told as (
    select
        user_id,
        told_at,
        known_at,
        weight,
        {% for field, names in attribute_names().items() -%}
            {{ first_attribute('document', names) }} as {{ field }},
        {% endfor -%}
        coalesce({{ json_text('document', 'survey') }}, {{ json_members('document', 'survey_') }})
            as survey_answers
    from documents
)

select * from told
