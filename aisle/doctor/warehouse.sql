-- What has been loaded in all, and when last.
select
    coalesce(sum(rows_loaded), 0)::bigint as rows_loaded,
    max(loaded_at) as last_loaded_at
from raw.batches
