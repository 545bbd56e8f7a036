with

versions as (
    select * from {{ ref('int_users_versioned') }}
),

active_users as (
    select
        user_id,
        min(greatest(occurred_at, linked_at)) as valid_from
    from {{ ref('int_events_stitched') }}
    where user_id is not null
    group by user_id
),

-- Nothing is known of them, which replaces what was known.
silent as (
    select
        active_users.user_id,
        active_users.valid_from
    from active_users
    left join versions on active_users.user_id = versions.user_id
    where versions.user_id is null and active_users.valid_from is not null
),

final as (
    select
        user_id,
        valid_from,
        attributes,
        consent_personalization
    from versions
    union all
    select
        user_id,
        valid_from,
        cast(null as varchar) as attributes,
        cast(null as boolean) as consent_personalization
    from silent
)

select * from final
