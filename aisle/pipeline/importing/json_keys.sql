-- The keys of all lines that are JSON objects, in the order in which they first appear.
with keys as (
    select
        record,
        unnest(json_keys(line)) as name,
        generate_subscripts(json_keys(line), 1) as place
    from lines
    where case when json_valid(line) then json_type(line) = 'OBJECT' end
)

select name
from keys
group by name
order by min(record), min(place)
