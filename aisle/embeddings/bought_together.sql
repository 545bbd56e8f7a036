-- Pairs of different items that one user bought in one order, for some items. Parameter: $items.
with asked as (
    select unnest($items) as item_id
),

lines as (
    select distinct order_id, user_id, item_id
    from fct_interactions
    where order_id is not null
)

select distinct
    mine.item_id,
    others.item_id as bought_with
from lines as mine
semi join asked using (item_id)
inner join lines as others
    on mine.order_id = others.order_id
    and mine.user_id = others.user_id
    and mine.item_id != others.item_id
