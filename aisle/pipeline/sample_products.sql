-- The catalogue of the Complete Journey year. Parameters: $products, $transactions, $users.
-- With $users > 0 only what those households bought, so that a slice stays small.
with households as (
    select household_id
    from (select distinct household_id from read_parquet($transactions))
    order by md5(household_id::varchar)
    limit case when $users > 0 then $users else 1000000 end
),

bought as (
    select distinct product_id
    from read_parquet($transactions)
    semi join households using (household_id)
),

titled as (
    select
        *,
        coalesce(product_type, product_category, department || ' item ' || product_id) as name
    from read_parquet($products)
    where $users = 0 or product_id in (select product_id from bought)
)

select
    product_id::varchar as item_id,
    upper(name[1]) || lower(name[2:])
    || coalesce(', ' || lower(trim(package_size)), '')
    || case when brand = 'Private' then ', store brand' else ', maker ' || manufacturer_id end
        as title,
    product_category as category,
    brand,
    true as is_available,
    '2017-01-01T00:00:00Z' as updated_at,
    department,
    product_type,
    package_size,
    manufacturer_id::varchar as manufacturer_id
from titled
order by product_id
