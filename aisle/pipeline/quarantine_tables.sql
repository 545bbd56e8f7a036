-- Whether a table is there. Parameters: $schema, $name.
select 1
from information_schema.tables
where table_schema = $schema and table_name = $name
