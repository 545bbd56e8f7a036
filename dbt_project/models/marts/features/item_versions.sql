with

versions as (
    select * from {{ ref('int_products_versioned') }}
),

-- Whoever it was: a login later does not change what was known of an item.
named as (
    select
        item_id,
        told_at
    from {{ ref('int_order_items_aggregated') }}
    union all
    select
        item_id,
        told_at
    from {{ ref('int_item_events_aggregated') }}
    union all
    select
        item_id,
        shown_at as told_at
    from {{ ref('int_exposures_identified') }}
),

first_named as (
    select
        item_id,
        min(told_at) as valid_from
    from named
    group by item_id
),

first_listed as (
    select
        item_id,
        min(valid_from) as valid_from
    from versions
    group by item_id
),

-- An item that events name, until the catalogue does.
unlisted as (
    select
        first_named.item_id,
        first_named.valid_from
    from first_named
    left join first_listed on first_named.item_id = first_listed.item_id
    where coalesce(first_named.valid_from < first_listed.valid_from, true)
),

final as (
    select
        item_id,
        valid_from,
        category,
        brand,
        price,
        attributes,
        is_available,
        true as is_in_catalogue
    from versions
    union all
    select
        item_id,
        valid_from,
        cast(null as varchar) as category,
        cast(null as varchar) as brand,
        cast(null as double precision) as price,
        cast(null as varchar) as attributes,
        true as is_available,
        false as is_in_catalogue
    from unlisted
)

select * from final
