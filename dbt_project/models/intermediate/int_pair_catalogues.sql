{{ config(materialized='table') }}

with

versions as (
    select
        valid_from,
        {{ row_hash(['item_id', 'valid_from', 'category', 'brand']) }} as row_hash
    from {{ ref('int_products_versioned') }}
),

final as (
    select
        pair_dates.as_of_date,
        pair_dates.known_until,
        {{ summed_hash('versions.row_hash') }} as inputs_hash
    from versions
    inner join {{ ref('int_pair_dates') }} as pair_dates
        on versions.valid_from < pair_dates.known_until
    group by pair_dates.as_of_date, pair_dates.known_until
)

select * from final
