{{ config(materialized='table') }}

with

known_users as (
    select user_id as id from {{ ref('int_known_users') }}
),

linked as (
    select
        linked.*,
        known_users.id is not null as is_namesake
    from {{ ref('int_visitors_linked') }} as linked
    left join known_users on linked.anonymous_id = known_users.id
),

namesakes as (
    select
        events.anonymous_id,
        min(events.occurred_at) as linked_at
    from {{ ref('stg_aisle__events') }} as events
    inner join known_users on events.anonymous_id = known_users.id
    left join linked on events.anonymous_id = linked.anonymous_id
    where linked.anonymous_id is null
    group by events.anonymous_id
),

visitors as (
    select
        'anonymous' as id_kind,
        anonymous_id as id,
        valid_from,
        valid_to,
        user_id,
        false as is_anonymous,
        how,
        case how
            when 'identify' then 'identified as ' || user_id
            when 'alias' then 'aliased to ' || user_id
            else 'an event carries this id and ' || user_id
        end
        || case
            when previous_user is null then ', the first known user on this device'
            else ', after ' || previous_user || ' on the same device'
        end as reason,
        message_id,
        linked_at,
        -- An id that is the user's own name never meant anybody else.
        case when anonymous_id <> user_id then known_at end as known_at,
        case
            when anonymous_id = user_id then null
            when is_namesake then {{ visitor_named('anonymous_id') }}
            else anonymous_id
        end as former_user_id
    from linked
),

unlinked as (
    select
        'anonymous' as id_kind,
        anonymous_id as id,
        {{ beginning() }} as valid_from,
        cast(null as timestamp) as valid_to,
        {{ visitor_named('anonymous_id') }} as user_id,
        true as is_anonymous,
        'namesake' as how,
        'a visitor whose id is also the id of a known user' as reason,
        cast(null as varchar) as message_id,
        linked_at,
        cast(null as timestamp) as known_at,
        cast(null as varchar) as former_user_id
    from namesakes
),

renamed as (
    select
        'user' as id_kind,
        id,
        {{ beginning() }} as valid_from,
        cast(null as timestamp) as valid_to,
        user_id,
        false as is_anonymous,
        'alias' as how,
        'renamed to ' || renamed_to
        || case when renamed_to = user_id then '' else ', which is ' || user_id || ' now' end
            as reason,
        message_id,
        linked_at,
        known_at,
        id as former_user_id
    from {{ ref('int_users_renamed') }}
),

unioned as (
    select * from visitors
    union all
    select * from unlinked
    union all
    select * from renamed
)

select * from unioned
