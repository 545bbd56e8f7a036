-- Users spread over activity: the middle one of each of $count groups, from quiet to busy,
-- among those that did something within eight weeks of the last interaction.
with activity as (
    select
        user_id,
        count(distinct order_id) as event_count,
        max(interacted_at) as last_at
    from fct_interactions
    group by user_id
),

active as (
    select
        user_id,
        event_count
    from activity
    where last_at >= (select max(last_at) from activity) - interval 56 day
),

grouped as (
    select
        user_id,
        event_count,
        ntile($count) over (order by event_count, user_id) as activity_group
    from active
),

placed as (
    select
        user_id,
        activity_group,
        row_number() over (partition by activity_group order by event_count, user_id) as place,
        count(*) over (partition by activity_group) as size
    from grouped
)

select user_id
from placed
where place = (size + 1) // 2
order by activity_group
