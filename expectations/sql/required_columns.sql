-- One row per column that the rules need, saying whether the table has it.
with required as (
    select
        unnest($tables) as table_name,
        unnest($columns) as column_name
)

select
    required.table_name,
    required.column_name,
    found.column_name is not null as is_there
from required
left join information_schema.columns as found
    on
        required.table_name = found.table_schema || '.' || found.table_name
        and required.column_name = found.column_name
order by required.table_name, required.column_name
