{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=[
        "{{ find_catalogues_to_move() }}",
        "{{ forget_catalogues_not_moved() }}",
        "{{ move_catalogues() }}",
    ],
) }}

-- depends_on: {{ ref('int_pair_dates') }}

with

versions as (
    select
        item_id,
        category,
        brand,
        valid_from
    from {{ ref('int_products_versioned') }}
),

wanted as (
    {{ rows_to_compute('int_pair_catalogues', ['as_of_date']) }}
),

numbered as (
    select
        wanted.as_of_date,
        wanted.known_until,
        wanted.inputs_hash,
        versions.item_id,
        versions.category,
        versions.brand,
        row_number() over (
            partition by wanted.as_of_date, versions.item_id
            order by versions.valid_from desc
        ) as newest_first
    from versions
    inner join wanted on versions.valid_from < wanted.known_until
),

known as (
    select
        as_of_date,
        known_until,
        inputs_hash,
        item_id,
        nullif(category, '') as category,
        nullif(brand, '') as brand
    from numbered
    where newest_first = 1
)

select * from known
