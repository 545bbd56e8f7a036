-- One row per version of a user, and one per user who has none.
with versions as (
    select
        *,
        row_number() over (partition by user_id order by valid_from desc) = 1 as is_newest,
        true as is_version
    from features.user_versions
),

present as (
    select distinct
        user_id,
        attributes,
        consent_personalization,
        true as is_present
    from marts.dim_users
)

select
    coalesce(versions.user_id, present.user_id) as user_id,
    versions.valid_from,
    versions.is_version is null as is_missing,
    present.is_present is null as is_unknown,
    coalesce(versions.is_version and versions.valid_from is null, false) as is_undated,
    coalesce(versions.valid_from > $as_of, false) as is_after_as_of,
    coalesce(
        versions.is_newest
        and present.is_present
        and versions.consent_personalization is distinct from present.consent_personalization,
        false
    ) as has_other_consent,
    coalesce(
        versions.is_newest
        and present.is_present
        and versions.attributes is distinct from present.attributes,
        false
    ) as has_other_attributes
from versions
full join present on versions.user_id = present.user_id
