{{ config(materialized='table') }}

with

versions as (
    select
        item_id,
        category,
        batch_id,
        attributes,
        title,
        {{ known_at('updated_at') }} as valid_from,
        coalesce(updated_at, loaded_at) as said_at
    from {{ ref('stg_aisle__products') }}
    -- A version of the future would be known from a "now" that moves on with every build.
    where coalesce(updated_at <= {{ as_of() }}, true)
),

numbered as (
    select
        *,
        row_number() over (
            partition by item_id, valid_from
            order by said_at desc nulls last, batch_id desc, title asc, attributes asc
        ) as newest_first
    from versions
),

final as (
    select
        item_id,
        nullif(category, '') as category,
        valid_from,
        lead(valid_from) over (partition by item_id order by valid_from) as valid_to
    from numbered
    where newest_first = 1
)

select * from final
