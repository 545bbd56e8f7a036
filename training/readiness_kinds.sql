-- What a shop has of each kind of interaction.
select
    event,
    count(*) as interactions,
    count(distinct user_id) as users,
    count(distinct item_id) as items,
    min(interacted_at) as first_at,
    max(interacted_at) as last_at,
from fct_interactions
where interacted_at <= $as_of
group by event
