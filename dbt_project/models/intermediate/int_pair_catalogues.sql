{{ config(materialized='table') }}

with

versions as (
    select
        {{ known_at('updated_at') }} as known_at,
        {{ row_hash([
            'item_id', 'category', 'brand', 'updated_at', 'loaded_at', 'batch_id', 'title',
            'attributes',
        ]) }} as row_hash
    from {{ ref('stg_aisle__products') }}
),

final as (
    select
        pair_dates.as_of_date,
        pair_dates.known_until,
        {{ summed_hash('versions.row_hash') }} as inputs_hash
    from versions
    inner join {{ ref('int_pair_dates') }} as pair_dates
        on versions.known_at < pair_dates.known_until
    group by pair_dates.as_of_date, pair_dates.known_until
)

select * from final
