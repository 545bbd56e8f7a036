-- Lines of `parsed` that cannot be used, with the reason and the original text.
insert into raw.quarantine by name
select
    $batch_id as batch_id,
    $kind as kind,
    source_file,
    line_number,
    reason,
    line as original,
    $loaded_at as quarantined_at
from parsed
where reason is not null;
