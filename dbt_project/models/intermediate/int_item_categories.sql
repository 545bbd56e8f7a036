{{ config(materialized='table') }}

with

versions as (
    select
        item_id,
        nullif(category, '') as category,
        valid_from
    from {{ ref('int_products_versioned') }}
    -- A version of the future would be known from a "now" that moves on with every build.
    where not is_ahead
),

final as (
    select
        item_id,
        category,
        valid_from,
        lead(valid_from) over (partition by item_id order by valid_from) as valid_to
    from versions
)

select * from final
