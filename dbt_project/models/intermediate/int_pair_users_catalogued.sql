{{ config(materialized='table') }}

with

catalogues as (
    select
        as_of_date,
        {{ summed_hash(row_hash(['item_id', 'category', 'brand'])) }} as catalogue_hash
    from {{ ref('int_pair_item_categories') }}
    group by as_of_date
),

users as (
    select
        pair_users.as_of_date,
        pair_users.user_id,
        pair_users.known_until,
        pair_users.history_hash,
        coalesce(catalogues.catalogue_hash, 0) as catalogue_hash,
        -- Both lie well inside a bigint.
        pair_users.inputs_hash + coalesce(catalogues.catalogue_hash, 0) as inputs_hash
    from {{ ref('int_pair_users') }} as pair_users
    left join catalogues on pair_users.as_of_date = catalogues.as_of_date
)

select * from users
