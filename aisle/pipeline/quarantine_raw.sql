-- Rows that an import or the load refused, or that a person set aside.
select
    kind,
    reason,
    source_file,
    line_number,
    original,
    'batch ' || batch_id as refused_at
from raw.quarantine
