with

versions as (
    select * from {{ ref('stg_aisle__customers') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by user_id
            order by
                coalesce(updated_at, loaded_at) desc nulls last,
                batch_id desc,
                attributes asc
        ) as newest_first
    from versions
),

-- A row that says nothing of consent takes none back; in doubt the answer is no.
decisions as (
    select
        user_id,
        consent_personalization,
        row_number() over (
            partition by user_id
            order by
                coalesce(consent_updated_at, updated_at, loaded_at) desc nulls last,
                batch_id desc,
                consent_personalization asc
        ) as newest_first
    from versions
    where consent_personalization is not null
),

newest as (
    select
        numbered.user_id,
        numbered.attributes,
        decisions.consent_personalization,
        {{ known_at('numbered.updated_at') }} as known_at
    from numbered
    left join decisions
        on
            numbered.user_id = decisions.user_id
            and decisions.newest_first = 1
    where numbered.newest_first = 1
)

select * from newest
