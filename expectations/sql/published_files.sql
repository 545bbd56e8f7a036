-- One row per published table: the rows that the manifest promises and those that its file holds.
with promised as (
    select
        unnest($names::varchar []) as name,
        unnest($promised_rows::bigint []) as promised_rows
),

files as (
    select
        parse_filename(file_name, true) as name,
        num_rows as rows
    from parquet_file_metadata($folder || '/*.parquet')
)

select
    promised.name,
    promised.promised_rows,
    files.rows,
    files.rows is distinct from promised.promised_rows as is_different
from promised
left join files on promised.name = files.name
order by promised.name
