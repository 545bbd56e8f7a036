-- How often each item sells in the fortnight after each Monday. Reads $interactions.
with mondays as (
    select unnest(range(timestamp '2024-05-06', timestamp '2024-07-08', interval '7 days')) as day
)

select
    interactions.item_id,
    mondays.day as as_of_date,
    count(*) as orders_next_14d,
    max(interactions.known_at) as known_at
from mondays
inner join read_parquet($interactions) as interactions
    on
        interactions.interacted_at >= mondays.day
        and interactions.interacted_at < mondays.day + interval '14 days'
group by all
