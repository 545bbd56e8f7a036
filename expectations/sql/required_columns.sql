-- One row per required column, saying whether it is missing; a missing table is one row, column '*'.
with required as (
    select
        unnest($tables) as table_name,
        unnest($columns) as column_name
),

existing as (
    select
        table_schema || '.' || table_name as table_name,
        column_name
    from information_schema.columns
)

select distinct
    required.table_name,
    case
        when required.table_name in (select table_name from existing) then required.column_name
        else '*'
    end as column_name,
    existing.column_name is null as is_missing
from required
left join existing using (table_name, column_name)
order by all
