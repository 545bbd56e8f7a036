-- One batch of rows as the reader gave them. Reads `incoming`; parameter: $file_number.
insert into staged by name
select
    $file_number as file_number,
    * replace (kept(extras::json) as extras)
from incoming;
