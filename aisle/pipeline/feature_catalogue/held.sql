-- What holds at $as_of: of each key the newest row that is not older than $since.
-- Reads `published_rows`: held_at, held_key and the columns to look at.
create or replace temp table held as
select * exclude (held_key)
from published_rows
where
    held_at <= $as_of
    and held_at >= $since
qualify row_number() over (partition by held_key order by held_at desc) = 1
