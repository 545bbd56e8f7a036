with

renamed as (
    select
        id,
        user_id,
        known_at
    from {{ ref('int_identities') }}
    where id_kind = 'user'
),

-- What is said under a former name is the user's since it was known to be the same.
named as (
    select
        coalesce(renamed.user_id, customers.user_id) as user_id,
        customers.user_id as name,
        renamed.id is null as is_present_name,
        greatest(customers.valid_from, coalesce(renamed.known_at, {{ beginning() }}))
            as valid_from,
        customers.valid_from as said_from,
        customers.attributes,
        customers.consent_personalization
    from {{ ref('int_customers_versioned') }} as customers
    left join renamed on customers.user_id = renamed.id
),

numbered as (
    select
        *,
        row_number() over (
            partition by name, valid_from
            order by said_from desc
        ) as newest_first
    from named
),

versions as (
    select * from numbered
    where newest_first = 1
),

moments as (
    select distinct
        user_id,
        valid_from
    from versions
),

names as (
    select distinct
        user_id,
        name,
        is_present_name
    from versions
),

placed as (
    select
        moments.user_id,
        moments.valid_from,
        names.name,
        names.is_present_name,
        versions.said_from,
        versions.attributes,
        versions.consent_personalization,
        count(versions.name) over (
            partition by names.name
            order by moments.valid_from
            rows unbounded preceding
        ) as version_number
    from moments
    inner join names on moments.user_id = names.user_id
    left join versions
        on
            names.name = versions.name
            and moments.valid_from = versions.valid_from
),

-- What each name says at each moment of the user.
filled as (
    select
        user_id,
        valid_from,
        name,
        is_present_name,
        max(said_from) over of_version as said_from,
        max(attributes) over of_version as attributes,
        bool_or(consent_personalization) over of_version as consent_personalization
    from placed
    where version_number > 0
    window of_version as (partition by name, version_number)
),

chosen as (
    select
        user_id,
        valid_from,
        attributes,
        row_number() over (
            partition by user_id, valid_from
            -- The record of the present name, else the newest.
            order by
                case when is_present_name then 1 else 0 end desc,
                said_from desc,
                name desc
        ) as best_first,
        -- Who said no under any name said no.
        bool_and(consent_personalization) over (
            partition by user_id, valid_from
        ) as consent_personalization
    from filled
),

best as (
    select * from chosen
    where best_first = 1
),

{{ changed_versions('best', 'user_id', ['attributes', 'consent_personalization']) }},

final as (
    select
        user_id,
        valid_from,
        attributes,
        consent_personalization
    from changed
)

select * from final
