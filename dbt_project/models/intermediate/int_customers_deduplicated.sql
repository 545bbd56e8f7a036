with

versions as (
    select * from {{ ref('stg_aisle__customers') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by user_id
            order by updated_at desc nulls last, batch_id desc, attributes asc
        ) as newest_first
    from versions
),

newest as (
    select
        user_id,
        attributes,
        consent_personalization,
        {{ known_at('updated_at') }} as known_at
    from numbered
    where newest_first = 1
)

select * from newest
