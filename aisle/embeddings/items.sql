-- What there is to embed: one row per item that a catalogue describes.
select
    item_id,
    known_at,
    nullif(trim(title), '') as title,
    nullif(trim(description), '') as description,
    nullif(trim(category), '') as category,
    nullif(trim(image_url), '') as image_url
from dim_items
where is_in_catalogue
order by item_id
