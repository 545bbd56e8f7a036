-- What a user bought, or in a shop without orders what the user met: one row per title, latest
-- first and in one order the dearest first.
select
    items.title,
    list(distinct interactions.item_id) as item_ids
from fct_interactions as interactions
inner join dim_items as items using (item_id)
where
    interactions.user_id = $user_id
    and (
        interactions.event = 'Order Completed'
        or not exists (select 1 from fct_interactions where event = 'Order Completed')
    )
group by items.title
order by
    max(interactions.interacted_at) desc,
    max_by(interactions.value, interactions.interacted_at) desc,
    items.title
