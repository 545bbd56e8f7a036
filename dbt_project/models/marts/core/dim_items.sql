with

products as (
    select * from {{ ref('int_products_deduplicated') }}
),

sold_items as (
    select
        item_id,
        min(ordered_at) as first_sold_at,
        max(ordered_at) as last_sold_at,
        count(*) as order_count
    from {{ ref('int_order_items_aggregated') }}
    group by item_id
),

other_events as (
    select
        item_id,
        min(occurred_at) as first_event_at
    from {{ ref('int_item_events_aggregated') }}
    group by item_id
),

shown_items as (
    select
        item_id,
        min(shown_at) as first_shown_at
    from {{ ref('int_exposures_identified') }}
    group by item_id
),

items as (
    select
        item_id,
        products.title,
        products.description,
        products.category,
        products.brand,
        products.price,
        products.attributes,
        products.image_url,
        products.is_available,
        products.known_at,
        products.item_id is not null as is_in_catalogue,
        sold_items.first_sold_at,
        sold_items.last_sold_at,
        sold_items.order_count,
        -- DuckDB and Postgres both take the other one for a null.
        least(
            sold_items.first_sold_at, other_events.first_event_at, shown_items.first_shown_at
        ) as first_seen_at
    from products
    full join sold_items using (item_id)
    full join other_events using (item_id)
    full join shown_items using (item_id)
),

final as (
    select
        item_id,
        coalesce(nullif(title, ''), nullif(category, ''), 'Item ' || item_id) as title,
        description,
        category,
        brand,
        price,
        nullif(attributes, '{}') as attributes,
        image_url,
        -- Only a shop that says so takes an item off sale.
        coalesce(is_available, true) as is_available,
        is_in_catalogue,
        coalesce(known_at, first_seen_at) as known_at,
        first_sold_at,
        last_sold_at,
        cast(coalesce(order_count, 0) as bigint) as order_count
    from items
)

select * from final
