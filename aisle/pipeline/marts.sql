-- Every table that is published: the marts and their features.
select
    table_schema,
    table_name
from information_schema.tables
where table_schema in ('marts', 'features', 'metrics')
order by table_name
