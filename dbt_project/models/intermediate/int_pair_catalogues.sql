{{ config(materialized='table') }}

with

final as (
    select
        pair_dates.as_of_date,
        pair_dates.known_until,
        {{ summed_hash('versions.row_hash') }} as inputs_hash
    from {{ ref('int_product_versions') }} as versions
    inner join {{ ref('int_pair_dates') }} as pair_dates
        on versions.known_at < pair_dates.known_until
    group by pair_dates.as_of_date, pair_dates.known_until
)

select * from final
