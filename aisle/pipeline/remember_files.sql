-- Notes the table `seen_files (name, content_hash, size_bytes, modified_ns)` as loaded by this batch;
-- files that an earlier one loaded keep their batch. Parameter: $batch_id.
insert into raw.loaded_files by name
select
    name as path,
    content_hash,
    $batch_id as batch_id,
    size_bytes,
    modified_ns
from seen_files
on conflict (path, content_hash) do update set
size_bytes = excluded.size_bytes,
modified_ns = excluded.modified_ns;
