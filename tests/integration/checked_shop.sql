-- A sound little shop at both borders: 600 orders, ten a day for 60 days up to 2018-01-01 00:00,
-- of three users and one catalogue item; checks take 2018-01-01 04:00 as now.
insert into raw.events by name
select
    'm' || i as message_id, 'track' as type, 'Order Completed' as event, 'u' || i % 3 as user_id,
    timestamp '2017-11-02' + interval (i * 144) minute as timestamp,
    timestamp '2017-11-02' + interval (i * 144) minute as received_at,
    '{"order_id": "o' || i || '", "products": [{"product_id": "p1", "quantity": 1, "price": 2.5}]}'
        as properties,
    '{}' as context, '{}' as traits, 'test' as source,
    1 as _batch_id, timestamp '2018-01-02' as _loaded_at, 'events.jsonl' as _source_file
from range(1, 601) as t(i);

insert into raw.products (item_id, title, _batch_id, _loaded_at, _source_file)
values ('p1', 'Milk', 1, timestamp '2018-01-02', 'products.jsonl');

insert into raw.batches values (1, timestamp '2018-01-02', 2, 601, 601, 0, 0);

create schema marts;

create table marts.fct_interactions as
select
    'u' || i % 3 as user_id, 'p' || i % 5 as item_id, 'o' || i as order_id,
    timestamp '2017-11-02' + interval (i * 144) minute as interacted_at,
    'Order Completed' as event, 1.0 as quantity, 2.5 as value, false as is_zero_value
from range(1, 601) as t(i);

create table marts.fct_orders as
select
    order_id, user_id, interacted_at as ordered_at, 1::bigint as item_count,
    1.0 as quantity, 2.5 as revenue, 0.0 as refunded_value, 2.5 as net_revenue,
    false as is_refunded, 'test' as source
from marts.fct_interactions;

create table marts.fct_sessions as
select
    's' || order_id as session_id, user_id, interacted_at as started_at,
    interacted_at as ended_at, 0.0 as duration_seconds, 2::bigint as events,
    1::bigint as pages, 1::bigint as product_views, false as is_bounced, true as is_converted,
    1::bigint as orders, 2.5 as revenue
from marts.fct_interactions;

create table marts.fct_exposures as
select
    'l' || order_id as message_id, 1 as position, item_id, 'home' as list_id,
    null::varchar as recommendation_id, user_id, user_id as device_id,
    interacted_at as shown_at, interacted_at as clicked_at, 'c' || order_id as click_message_id,
    interacted_at as ordered_at, order_id, 2.5 as value
from marts.fct_interactions;

create table marts.dim_users as
select distinct
    user_id, null::varchar as attributes, true as consent_personalization,
    timestamp '2017-01-01' as known_at, 1::bigint as order_count
from marts.fct_interactions;

create table marts.dim_identities as
from (values
    ('anonymous', 'tablet', timestamp '1970-01-01', timestamp '2017-12-01', 'u1', 'identified'),
    ('anonymous', 'tablet', timestamp '2017-12-01', null, 'u2', 'identified'),
    ('user', 'old', timestamp '1970-01-01', null, 'u1', 'renamed')
) as rows (id_kind, id, valid_from, valid_to, user_id, reason)
cross join (values ('identify')) as ways (how);

create table marts.dim_visitors as
select id as anonymous_id, timestamp '2017-12-01' as linked_at, user_id, false as is_anonymous
from marts.dim_identities
where id_kind = 'anonymous' and valid_to is null;

create table marts.dim_items as
select distinct
    item_id, 'Item ' || item_id as title, null::varchar as category, null::varchar as brand,
    2.5 as price, null::varchar as attributes, true as is_available, true as is_in_catalogue,
    timestamp '2017-01-01' as known_at
from marts.fct_interactions;

create schema features;

create table features.user_features as
select
    as_of_date, user_id, as_of_date as known_at, 10::bigint as orders_28d, 20::bigint as orders_91d,
    20::bigint as orders_364d, 25.0 as spend_28d, 50.0 as spend_91d, 50.0 as spend_364d,
    1::bigint as items_28d, 1::bigint as items_91d, 1::bigint as items_364d,
    1.0 as mean_basket_size_364d, 2.5 as mean_basket_value_364d, 0.5 as days_since_last_order,
    1.5 as mean_days_between_orders, 0.5 as repeat_line_share_364d
from marts.dim_users
cross join (
    values (timestamp '2017-12-25'), (timestamp '2018-01-01'), (timestamp '2018-01-01 04:00')
) as dates (as_of_date);

create table features.item_features as
select
    as_of_date, item_id, as_of_date as known_at, 5::bigint as orders_7d, 10::bigint as orders_28d,
    20::bigint as orders_91d, 20::bigint as orders_364d, 3::bigint as users_7d,
    3::bigint as users_28d, 3::bigint as users_91d, 3::bigint as users_364d,
    1.0 as order_trend_28d, 2.5 as mean_unit_value_364d, 0.5 as days_since_last_sale,
    0.5 as rebuy_rate
from marts.dim_items
cross join (
    values (timestamp '2017-12-25'), (timestamp '2018-01-01'), (timestamp '2018-01-01 04:00')
) as dates (as_of_date);

create table features.user_item_features as
select
    as_of_date, user_id, item_id,
    1::bigint as orders_1d, 1::bigint as orders_7d, 1::bigint as orders_28d,
    1::bigint as orders_91d, 1::bigint as orders_364d, 1::bigint as orders_ever,
    1::bigint as views_1d, 1::bigint as views_7d, 1::bigint as views_28d,
    1::bigint as views_91d, 1::bigint as views_364d, 1::bigint as clicks_1d,
    1::bigint as clicks_7d, 1::bigint as clicks_28d, 1::bigint as clicks_91d,
    1::bigint as adds_1d, 1::bigint as adds_7d, 1::bigint as adds_28d, 1::bigint as adds_91d,
    1.0 as spend_1d, 1.0 as spend_7d, 1.0 as spend_28d, 1.0 as spend_91d, 1.0 as spend_364d,
    1.0 as orders_hl7d, 1.0 as spend_hl7d, 1.0 as days_since_last_order,
    1.0 as days_since_last_event, 1.0 as mean_days_between_orders, 1.0 as order_gap_variance,
    1.0 as order_share_since_first
from (select distinct user_id, item_id from marts.fct_interactions) as pairs
cross join (
    values (timestamp '2017-12-25'), (timestamp '2018-01-01 04:00')
) as dates (as_of_date);

create table features.user_category_features as
select
    as_of_date, user_id, 'dairy' as category,
    1::bigint as order_lines_1d, 1::bigint as order_lines_7d, 1::bigint as order_lines_28d,
    1::bigint as order_lines_91d, 1::bigint as order_lines_364d, 1::bigint as items_1d,
    1::bigint as items_7d, 1::bigint as items_28d, 1::bigint as items_91d,
    1::bigint as items_364d, 1::bigint as views_1d, 1::bigint as views_7d,
    1::bigint as views_28d, 1::bigint as views_91d, 1::bigint as views_364d,
    1::bigint as clicks_1d, 1::bigint as clicks_7d, 1::bigint as clicks_28d,
    1::bigint as clicks_91d, 1::bigint as adds_1d, 1::bigint as adds_7d, 1::bigint as adds_28d,
    1::bigint as adds_91d, 1.0 as spend_1d, 1.0 as spend_7d, 1.0 as spend_28d, 1.0 as spend_91d,
    1.0 as spend_364d, 1.0 as order_lines_hl7d, 1.0 as order_lines_hl28d,
    1.0 as order_lines_hl91d, 1.0 as order_lines_hl182d, 1.0 as items_hl7d, 1.0 as items_hl28d,
    1.0 as items_hl91d, 1.0 as items_hl182d, 1.0 as spend_hl7d, 1.0 as spend_hl28d,
    1.0 as spend_hl91d, 1.0 as spend_hl182d, 1.0 as views_hl7d, 1.0 as views_hl28d,
    1.0 as clicks_hl7d, 1.0 as clicks_hl28d, 1.0 as adds_hl7d, 1.0 as adds_hl28d,
    1.0 as days_since_last_order, 1.0 as days_since_last_event, 1.0 as mean_days_between_orders,
    1.0 as order_gap_variance, 1.0 as order_line_share_364d, 1.0 as order_line_share_hl91d,
    1.0 as interaction_share_hl91d
from (select distinct user_id from marts.fct_interactions) as users
cross join (
    values (timestamp '2017-12-25'), (timestamp '2018-01-01 04:00')
) as dates (as_of_date);

create table features.user_brand_features as
select
    as_of_date, user_id, 'own' as brand,
    1::bigint as order_lines_1d, 1::bigint as order_lines_7d, 1::bigint as order_lines_28d,
    1::bigint as order_lines_91d, 1::bigint as order_lines_364d, 1::bigint as items_1d,
    1::bigint as items_7d, 1::bigint as items_28d, 1::bigint as items_91d,
    1::bigint as items_364d, 1::bigint as views_1d, 1::bigint as views_7d,
    1::bigint as views_28d, 1::bigint as views_91d, 1::bigint as views_364d,
    1::bigint as clicks_1d, 1::bigint as clicks_7d, 1::bigint as clicks_28d,
    1::bigint as clicks_91d, 1::bigint as adds_1d, 1::bigint as adds_7d, 1::bigint as adds_28d,
    1::bigint as adds_91d, 1.0 as spend_1d, 1.0 as spend_7d, 1.0 as spend_28d, 1.0 as spend_91d,
    1.0 as spend_364d, 1.0 as order_lines_hl7d, 1.0 as order_lines_hl28d,
    1.0 as order_lines_hl91d, 1.0 as order_lines_hl182d, 1.0 as items_hl7d, 1.0 as items_hl28d,
    1.0 as items_hl91d, 1.0 as items_hl182d, 1.0 as spend_hl7d, 1.0 as spend_hl28d,
    1.0 as spend_hl91d, 1.0 as spend_hl182d, 1.0 as views_hl7d, 1.0 as views_hl28d,
    1.0 as clicks_hl7d, 1.0 as clicks_hl28d, 1.0 as adds_hl7d, 1.0 as adds_hl28d,
    1.0 as days_since_last_order, 1.0 as days_since_last_event, 1.0 as mean_days_between_orders,
    1.0 as order_gap_variance, 1.0 as order_line_share_364d, 1.0 as order_line_share_hl91d,
    1.0 as interaction_share_hl91d
from (select distinct user_id from marts.fct_interactions) as users
cross join (
    values (timestamp '2017-12-25'), (timestamp '2018-01-01 04:00')
) as dates (as_of_date);

create table features.item_segment_features as
select
    as_of_date, item_id, 'activity:new' as segment,
    1::bigint as orders_1d, 1::bigint as orders_7d, 1::bigint as orders_28d,
    1::bigint as orders_91d, 1::bigint as orders_364d, 1::bigint as users_1d,
    1::bigint as users_7d, 1::bigint as users_28d, 1::bigint as users_91d,
    1::bigint as users_364d, 1.0 as spend_1d, 1.0 as spend_7d, 1.0 as spend_28d,
    1.0 as spend_91d, 1.0 as spend_364d, 1.0 as orders_hl7d, 1.0 as orders_hl28d,
    1.0 as orders_hl91d, 1.0 as orders_hl182d, 1.0 as users_hl7d, 1.0 as users_hl28d,
    1.0 as users_hl91d, 1.0 as users_hl182d, 1.0 as spend_hl7d, 1.0 as spend_hl28d,
    1.0 as spend_hl91d, 1.0 as spend_hl182d, 1.0 as days_since_last_sale,
    1.0 as mean_days_between_purchases, 1.0 as variance_days_between_purchases,
    1.0 as purchase_gap_ratio, 1.0 as order_share_91d, 1.0 as order_lift_91d
from (select distinct item_id from marts.fct_interactions) as items
cross join (
    values (timestamp '2017-12-25'), (timestamp '2018-01-01 04:00')
) as dates (as_of_date);

create table features.user_profiles as
select
    as_of_date, user_id,
    1::bigint as sessions_91d, 1::bigint as channels_364d, 1.0 as mean_session_seconds_91d, 1.0
    as days_since_last_session, 1.0 as basket_value_variation_364d, 1.0 as
    order_gap_variation_364d, 1.0 as main_channel_share_364d, 1.0 as order_share_night_364d, 1.0
    as order_share_monday_364d, 1.0 as discount_order_share_364d, 1.0 as discount_rate_364d, 1.0
    as price_level_364d, ['dairy'] as top_categories
from (select distinct user_id from marts.fct_interactions) as users
cross join (
    values (timestamp '2017-12-25'), (timestamp '2018-01-01 04:00')
) as dates (as_of_date);

create table features.user_sequences as
select
    as_of_date, user_id,
    1::bigint as sequence_length, ['a'] as item_ids, ['Order Completed'] as events, [0.0] as
    gap_days, [1.0] as age_days
from (select distinct user_id from marts.fct_interactions) as users
cross join (
    values (timestamp '2017-12-25'), (timestamp '2018-01-01 04:00')
) as dates (as_of_date);

create table features.user_demographics as
select
    user_id, timestamp '2017-01-01' as as_of_date, '25-34' as age_band, 'female' as gender,
    'Ohio' as region, 2::bigint as household_size, 0::bigint as children
from marts.dim_users;

create table features.session_features as
select
    session_id, ended_at + interval 30 minutes as as_of_date, user_id, started_at,
    2::bigint as events, 60.0 as duration_seconds
from marts.fct_sessions;

-- Every item cost less before.
create table features.item_versions as
select
    item_id, valid_from, category, brand, versions.price, attributes, is_available,
    is_in_catalogue
from marts.dim_items
cross join (
    values (timestamp '1970-01-01', 2.0), (timestamp '2017-12-01', 2.5)
) as versions (valid_from, price);

create table features.user_versions as
select user_id, timestamp '2017-01-01' as valid_from, attributes, consent_personalization
from marts.dim_users;
