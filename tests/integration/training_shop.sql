-- Forty users, thirty items, thirty weeks: each week a user buys two of four own items and one
-- of the three that everybody buys. No randomness: the item follows from user and week.
create table fct_interactions as
select
    'u' || user_number as user_id,
    'i' || case
        when
            line < 2
            then 3 + (user_number * 4 + (week_number + line * (1 + week_number % 3)) % 4) % 27
        else (user_number + week_number) % 3
    end as item_id,
    'o' || user_number || '-' || week_number as order_id,
    timestamp '2018-01-01 04:00:00' - interval (7 * week_number) day
    - interval (user_number) minute as interacted_at,
    interacted_at as known_at,
    'Order Completed' as event,
from
    range(40) as users (user_number),
    range(30) as weeks (week_number),
    range(3) as lines (line);

create table dim_users as
select distinct
    user_id,
    null::boolean as consent_personalization,
from fct_interactions;

create table dim_items as
select distinct
    item_id,
    'Item ' || item_id as title,
    true as is_available,
from fct_interactions;
