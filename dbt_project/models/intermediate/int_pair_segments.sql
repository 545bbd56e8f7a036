{{ config(materialized='table') }}

with

histories as (
    select
        as_of_date,
        sum(inputs_hash) as inputs_hash
    from {{ ref('int_pair_users') }}
    group by as_of_date
),

segments as (
    select
        as_of_date,
        sum({{ row_hash(['user_id', 'segment']) }}) as inputs_hash
    from {{ ref('int_user_segments') }}
    group by as_of_date
),

final as (
    select
        histories.as_of_date,
        {{ summed_hash('histories.inputs_hash + segments.inputs_hash') }} as inputs_hash
    from histories
    inner join segments on histories.as_of_date = segments.as_of_date
    group by histories.as_of_date
)

select * from final
