{{ config(materialized='table') }}

with

named as (
    select user_id from {{ ref('stg_aisle__events') }}
    where user_id is not null
    union
    select user_id from {{ ref('stg_aisle__customers') }}
    where user_id is not null
)

select * from named
