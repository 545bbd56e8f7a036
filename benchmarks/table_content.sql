-- Rows of a file, and a hash of all its values whatever their order. Parameter: the file.
select
    count(*) as row_count,
    sum(hash(row_)::hugeint) as content
from read_parquet(?) as row_
