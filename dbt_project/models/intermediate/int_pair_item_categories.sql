{{ config(materialized='table') }}

with

versions as (
    select
        item_id,
        category,
        brand,
        updated_at,
        loaded_at,
        batch_id,
        title,
        attributes,
        {{ known_at('updated_at') }} as known_at
    from {{ ref('stg_aisle__products') }}
),

numbered as (
    select
        pair_dates.as_of_date,
        versions.item_id,
        versions.category,
        versions.brand,
        -- As `int_products_deduplicated` chooses, among what was known at the date.
        row_number() over (
            partition by pair_dates.as_of_date, versions.item_id
            order by
                coalesce(versions.updated_at, versions.loaded_at) desc nulls last,
                versions.batch_id desc,
                versions.title asc,
                versions.attributes asc
        ) as newest_first
    from versions
    inner join {{ ref('int_pair_dates') }} as pair_dates
        on versions.known_at < pair_dates.known_until
),

known as (
    select
        as_of_date,
        item_id,
        nullif(category, '') as category,
        nullif(brand, '') as brand
    from numbered
    where newest_first = 1
)

select * from known
