with

versions as (
    select
        item_id,
        category,
        brand,
        updated_at,
        loaded_at,
        batch_id,
        title,
        attributes,
        {{ known_at('updated_at') }} as known_at,
        {{ row_hash([
            'item_id', 'category', 'brand', 'updated_at', 'loaded_at', 'batch_id', 'title', 'attributes',
        ]) }} as row_hash
    from {{ ref('stg_aisle__products') }}
)

select * from versions
