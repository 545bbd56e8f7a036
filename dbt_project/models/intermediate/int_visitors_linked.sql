{{ config(materialized='table') }}

with

sightings as (
    select
        *,
        lag(user_id) over (partition by anonymous_id order by occurred_at) as previous_user
    from {{ ref('int_visitors_sighted') }}
),

stretches as (
    select
        *,
        previous_user is null or previous_user <> user_id as is_change,
        sum(case when previous_user = user_id then 0 else 1 end) over (
            partition by anonymous_id order by occurred_at
        ) as change_number
    from sightings
),

-- Any sighting of the first stretch gives its user the past. Of a later one only the first says
-- where it begins. A name that was given later was not known before.
known as (
    select
        *,
        greatest(
            case when change_number = 1 then min(known_at) over stretch else known_at end,
            max(renamed_at) over stretch
        ) as user_known_at
    from stretches
    window stretch as (partition by anonymous_id, change_number)
),

changes as (
    select
        *,
        lead(occurred_at) over (partition by anonymous_id order by occurred_at) as valid_to,
        count(*) over (partition by anonymous_id) as change_count
    from known
    where is_change
),

final as (
    select
        anonymous_id,
        user_id,
        case when change_number = 1 then {{ beginning() }} else occurred_at end as valid_from,
        valid_to,
        previous_user,
        occurred_at as linked_at,
        user_known_at as known_at,
        message_id,
        how
    from changes
    -- What so many people use is no one's device.
    where change_count <= {{ var('max_changes_of_hands') }}
)

select * from final
