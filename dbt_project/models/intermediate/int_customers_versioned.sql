{{ config(materialized='table') }}

with

records as (
    select
        user_id,
        coalesce(attributes, '{}') as attributes,
        consent_personalization,
        updated_at,
        coalesce(consent_updated_at, updated_at) as consent_updated_at,
        loaded_at,
        batch_id,
        batch_id = min(batch_id) over (partition by user_id) as is_first
    from {{ ref('stg_aisle__customers') }}
),

said as (
    select
        *,
        {{ valid_from('updated_at', 'loaded_at') }} as valid_from
    from records
    union all
    select
        *,
        {{ beginning() }} as valid_from
    from records
    where is_first and updated_at is null
),

told as (
    select
        *,
        row_number() over (
            partition by user_id, valid_from
            order by
                coalesce(updated_at, loaded_at) desc nulls last,
                batch_id desc,
                attributes asc
        ) as newest_first
    from said
),

-- A row that says nothing of consent takes none back; in doubt the answer is no.
decided as (
    select
        *,
        {{ valid_from('consent_updated_at', 'loaded_at') }} as valid_from
    from records
    where consent_personalization is not null
    union all
    select
        *,
        {{ beginning() }} as valid_from
    from records
    where
        consent_personalization is not null
        and is_first
        and consent_updated_at is null
),

decisions as (
    select
        *,
        row_number() over (
            partition by user_id, valid_from
            order by
                coalesce(consent_updated_at, loaded_at) desc nulls last,
                batch_id desc,
                consent_personalization asc
        ) as newest_first
    from decided
),

moments as (
    select
        user_id,
        valid_from,
        told.attributes,
        told.attributes is not null as is_record,
        decisions.consent_personalization
    from told
    full join decisions using (user_id, valid_from, newest_first)
    where newest_first = 1
),

numbered as (
    select
        *,
        count(attributes) over so_far as attributes_number,
        count(consent_personalization) over so_far as consent_number
    from moments
    window so_far as (partition by user_id order by valid_from rows unbounded preceding)
),

filled as (
    select
        user_id,
        valid_from,
        is_record,
        nullif(
            max(attributes) over (partition by user_id, attributes_number), '{}'
        ) as attributes,
        bool_or(consent_personalization) over (
            partition by user_id, consent_number
        ) as consent_personalization
    from numbered
),

{{ changed_versions('filled', 'user_id', ['attributes', 'consent_personalization']) }},

final as (
    select
        user_id,
        valid_from,
        attributes,
        consent_personalization,
        is_record
    from changed
)

select * from final
