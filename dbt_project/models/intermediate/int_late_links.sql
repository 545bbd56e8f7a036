{{ config(materialized='table') }}

with

late_links as (
    {{ late_messages(ref('int_links_sent'), 'kind') }}
),

unioned as (
    select * from late_links
    union all
    select
        message_id,
        known_at
    from {{ ref('int_late_messages') }}
),

-- An event on an item that carries both ids may be late as either.
final as (
    select
        message_id,
        min(known_at) as known_at
    from unioned
    group by message_id
)

select * from final
