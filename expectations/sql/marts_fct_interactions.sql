-- Interactions, with the references and the comparison with now worked out as true/false columns.
select
    interactions.event,
    interactions.order_id,
    interactions.user_id,
    interactions.item_id,
    interactions.interacted_at,
    interactions.quantity,
    interactions.value,
    coalesce(not list_contains($item_events, interactions.event), true) as is_of_unknown_kind,
    interactions.is_zero_value,
    users.user_id is null as is_user_unknown,
    items.item_id is null as is_item_unknown,
    coalesce(interactions.interacted_at > $as_of, false) as is_after_as_of
from marts.fct_interactions as interactions
left join (select distinct user_id from marts.dim_users) as users
    on interactions.user_id = users.user_id
left join (select distinct item_id from marts.dim_items) as items
    on interactions.item_id = items.item_id
