-- One row per version of an item, and one per item that has none.
with versions as (
    select
        *,
        row_number() over (partition by item_id order by valid_from desc) = 1 as is_newest,
        true as is_version
    from features.item_versions
),

present as (
    select distinct
        item_id,
        row(category, brand, price, attributes, is_available, is_in_catalogue) as content,
        true as is_present
    from marts.dim_items
)

select
    coalesce(versions.item_id, present.item_id) as item_id,
    versions.valid_from,
    versions.price,
    versions.is_version is null as is_missing,
    present.is_present is null as is_unknown,
    coalesce(versions.is_version and versions.valid_from is null, false) as is_undated,
    coalesce(versions.valid_from > $as_of, false) as is_after_as_of,
    coalesce(
        versions.is_version
        and (versions.is_available is null or versions.is_in_catalogue is null),
        false
    ) as is_undecided,
    coalesce(
        versions.is_newest
        and present.is_present
        and present.content is distinct from row(
            versions.category, versions.brand, versions.price, versions.attributes,
            versions.is_available, versions.is_in_catalogue
        ),
        false
    ) as is_outdated
from versions
full join present on versions.item_id = present.item_id
