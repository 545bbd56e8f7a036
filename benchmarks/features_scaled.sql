-- The purchases of a shop of another size, so many times as large: whole copies of everyone and everything, or
-- for less than one a share of the users. The original stays beside, to be scaled again.
create table if not exists intermediate.unscaled_order_items as
select * from intermediate.int_order_items_aggregated;

create table if not exists intermediate.unscaled_item_categories as
select * from intermediate.int_item_categories;

create or replace table intermediate.int_order_items_aggregated as
select unscaled.* replace (
    unscaled.order_id || copies.suffix as order_id,
    unscaled.user_id || copies.suffix as user_id,
    unscaled.item_id || copies.suffix as item_id
)
from intermediate.unscaled_order_items as unscaled
cross join (
    select case when number = 0 then '' else '-' || number end as suffix
    from range(greatest(cast($scale as bigint), 1)) as numbers (number)
) as copies
where $scale >= 1 or hash(unscaled.user_id) % 1000 < $scale * 1000;

create or replace table intermediate.int_item_categories as
select unscaled.* replace (unscaled.item_id || copies.suffix as item_id)
from intermediate.unscaled_item_categories as unscaled
cross join (
    select case when number = 0 then '' else '-' || number end as suffix
    from range(greatest(cast($scale as bigint), 1)) as numbers (number)
) as copies;
