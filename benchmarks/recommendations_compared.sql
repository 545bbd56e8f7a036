-- Rows that only one of two publications has. Parameters: $found, $expected.
-- The number of a version counts registrations, which kills may repeat; all else must be equal.
with found as (
    select * exclude (model_version)
    from read_parquet($found)
),

expected as (
    select * exclude (model_version)
    from read_parquet($expected)
),

differing as (
    (from found except all from expected)
    union all
    (from expected except all from found)
)

select
    (select count(*) from expected) as row_count,
    (select count(*) from differing) as differing
