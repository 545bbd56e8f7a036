with

versions as (
    select * from {{ ref('stg_aisle__products') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by item_id
            order by
                coalesce(updated_at, loaded_at) desc nulls last,
                batch_id desc,
                title asc,
                attributes asc
        ) as newest_first
    from versions
),

newest as (
    select
        item_id,
        title,
        description,
        category,
        brand,
        price,
        image_url,
        is_available,
        attributes,
        {{ known_at('updated_at') }} as known_at
    from numbered
    where newest_first = 1
)

select * from newest
