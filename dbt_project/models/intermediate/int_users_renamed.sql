{{ config(materialized='table') }}

with recursive

aliases as (
    select
        message_id,
        occurred_at,
        previous_id,
        user_id,
        row_number() over (
            partition by previous_id
            order by occurred_at desc, received_at desc, message_id desc
        ) as newest_first
    from {{ ref('stg_aisle__events') }}
    where
        event_type = 'alias'
        and previous_id <> user_id
        -- With a key that every visitor knows, anybody could make two users one.
        and by_public_key is not true
        -- Such an alias is about the visitor of the device.
        and (anonymous_id is null or anonymous_id <> previous_id)
),

-- One new name for each: the last word on it.
renames as (
    select
        aliases.message_id,
        aliases.occurred_at,
        aliases.previous_id,
        aliases.user_id,
        coalesce(late.known_at, aliases.occurred_at) as known_at
    from aliases
    inner join {{ ref('int_known_users') }} as known on aliases.previous_id = known.user_id
    left join {{ ref('int_late_links') }} as late on aliases.message_id = late.message_id
    where aliases.newest_first = 1
),

walked as (
    select
        previous_id as id,
        user_id as reached,
        known_at,
        1 as steps
    from renames
    union all
    select
        walked.id,
        renames.user_id as reached,
        greatest(walked.known_at, renames.known_at) as known_at,
        walked.steps + 1 as steps
    from walked
    inner join renames on walked.reached = renames.previous_id
    where walked.steps < {{ var('max_alias_steps') }} and walked.id <> walked.reached
),

ended as (
    select
        walked.id,
        walked.reached as user_id,
        walked.known_at
    from walked
    left join renames on walked.reached = renames.previous_id
    where renames.previous_id is null
),

in_circles as (
    select id from walked
    where id = reached
),

-- In a circle of renames the newest says who it is.
circling as (
    select
        walked.id,
        renames.user_id,
        greatest(walked.known_at, renames.known_at) as known_at,
        row_number() over (
            partition by walked.id
            order by renames.occurred_at desc, renames.message_id desc
        ) as newest_first
    from walked
    inner join in_circles on walked.reached = in_circles.id
    inner join renames on in_circles.id = renames.previous_id
),

resolved as (
    select * from ended
    union all
    select
        id,
        user_id,
        known_at
    from circling
    where newest_first = 1
),

final as (
    select
        renames.previous_id as id,
        resolved.user_id,
        renames.user_id as renamed_to,
        renames.occurred_at as linked_at,
        resolved.known_at,
        renames.message_id
    from renames
    inner join resolved on renames.previous_id = resolved.id
    where renames.previous_id <> resolved.user_id
)

select * from final
