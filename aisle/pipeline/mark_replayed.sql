-- Notes the table `replayed (source_file, line_number)` as landed. Parameters: $landed_file, $now.
insert into raw.replays by name
select
    source_file,
    line_number,
    $landed_file as landed_file,
    $now as replayed_at
from replayed;
