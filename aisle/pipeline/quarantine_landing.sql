-- Rows that an import refused and `load-raw` has not loaded yet. Parameter: $files.
select
    kind,
    reason,
    source_file,
    line_number,
    original,
    'import, not loaded yet' as refused_at
from read_json(
    $files,
    format = 'newline_delimited',
    columns = {
        kind: 'varchar', source_file: 'varchar', line_number: 'bigint', reason: 'varchar',
        original: 'varchar'
    }
)
