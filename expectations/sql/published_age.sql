-- One row: how far the published marts are behind what is loaded.
with reached as (
    select
        $published_until::timestamp as published_until,
        $as_of::timestamp as loaded_until
)

select
    published_until,
    loaded_until,
    round(date_diff('minute', published_until, loaded_until) / 60, 1) as hours_behind,
    date_diff('minute', published_until, loaded_until) > 60 * $max_hours_published_behind
        as is_behind
from reached
