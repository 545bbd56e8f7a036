-- What a user bought, one row per title, latest first and in one order the dearest first.
select
    items.title,
    list(distinct interactions.item_id) as item_ids
from fct_interactions as interactions
inner join dim_items as items using (item_id)
where interactions.user_id = $user_id
group by items.title
order by
    max(interactions.interacted_at) desc,
    max_by(interactions.value, interactions.interacted_at) desc,
    items.title
