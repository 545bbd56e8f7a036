{{ config(materialized='table') }}

with

records as (
    select
        *,
        updated_at is null
        and batch_id = min(batch_id) over (partition by item_id) as is_always,
        coalesce(updated_at, loaded_at) as said_at
    from {{ ref('stg_aisle__products') }}
),

said as (
    select
        *,
        {{ valid_from('updated_at', 'loaded_at') }} as valid_from
    from records
    union all
    select
        *,
        {{ beginning() }} as valid_from
    from records
    where is_always
),

numbered as (
    select
        *,
        row_number() over (
            partition by item_id, valid_from
            order by said_at desc nulls last, batch_id desc, title asc, attributes asc
        ) as newest_first
    from said
),

compared as (
    select
        item_id,
        valid_from,
        category,
        brand,
        price,
        nullif(attributes, '{}') as attributes,
        -- Only a shop that says so takes an item off sale.
        coalesce(is_available, true) as is_available,
        coalesce(said_at > {{ as_of() }}, false)
        and valid_from = {{ as_of() }} as is_ahead
    from numbered
    where newest_first = 1
),

{{ changed_versions('compared', 'item_id', [
    'category', 'brand', 'price', 'attributes', 'is_available',
]) }},

final as (
    select
        item_id,
        valid_from,
        category,
        brand,
        price,
        attributes,
        is_available,
        is_ahead
    from changed
)

select * from final
