-- One row: users, users that have a list, and the share (%) of listed items that the user had.
-- Parameters: $lists, $users, $interactions (Parquet files).
with listed as (
    select
        user_id,
        item_id
    from read_parquet($lists)
),

users as (
    select user_id
    from read_parquet($users)
),

had as (
    select distinct
        user_id,
        item_id,
        true as is_had
    from read_parquet($interactions)
)

select
    (select count(*) from users),
    (select count(distinct listed.user_id) from listed semi join users using (user_id)),
    (select 100.0 * count(is_had) / count(*) from listed left join had using (user_id, item_id))
