-- Per file, what its dates such as 03/04/2020 show: neither number can be both day and month.
-- Reads the view `times_seen (file_number, value)`.
with parts as (
    select
        file_number,
        trim(value) as value,
        regexp_extract(trim(value), '^(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}', ['first', 'second']) as part
    from times_seen
    where substr(trim(value), 2, 1) in ('/', '.', '-') or substr(trim(value), 3, 1) in ('/', '.', '-')
)

select
    file_number,
    count(*) filter (where try_cast(part.first as integer) > 12) as day_first,
    count(*) filter (where try_cast(part.second as integer) > 12) as month_first,
    min(value) as example
from parts
where part.first != ''
group by file_number
order by file_number
