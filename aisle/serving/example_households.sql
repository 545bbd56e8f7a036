-- Households spread over activity: the middle one of each of $count groups, from quiet to busy,
-- among those that have ordered within eight weeks of the last order.
with active as (
    select
        user_id,
        order_count
    from dim_users
    where last_order_at >= (select max(last_order_at) from dim_users) - interval 56 day
),

grouped as (
    select
        user_id,
        order_count,
        ntile($count) over (order by order_count, user_id) as activity
    from active
),

placed as (
    select
        user_id,
        activity,
        row_number() over (partition by activity order by order_count, user_id) as place,
        count(*) over (partition by activity) as size
    from grouped
)

select user_id
from placed
where place = (size + 1) // 2
order by activity
