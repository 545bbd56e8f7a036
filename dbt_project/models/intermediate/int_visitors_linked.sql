{{ config(materialized='table') }}

with

sightings as (
    select
        *,
        lag(user_id) over (partition by anonymous_id order by occurred_at) as previous_user
    from {{ ref('int_visitors_sighted') }}
),

changes as (
    select
        *,
        row_number() over (partition by anonymous_id order by occurred_at) as change_number,
        lead(occurred_at) over (partition by anonymous_id order by occurred_at) as valid_to,
        count(*) over (partition by anonymous_id) as change_count
    from sightings
    where previous_user is null or previous_user <> user_id
),

final as (
    select
        anonymous_id,
        user_id,
        case when change_number = 1 then {{ beginning() }} else occurred_at end as valid_from,
        valid_to,
        previous_user,
        occurred_at as linked_at,
        message_id,
        how
    from changes
    -- What so many people use is no one's device.
    where change_count <= {{ var('max_changes_of_hands') }}
)

select * from final
