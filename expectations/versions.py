"""The marts border: what has to hold of the attributes of items and users with their past."""

from great_expectations.expectations import Expectation

from expectations.border import TableCheck
from expectations.features import BUILD_AGAIN, MEND_MODEL
from expectations.rules import WARNING, between, never, never_null, unique_together


def item_versions() -> TableCheck:
    """Return the rules of `features.item_versions`."""
    return TableCheck(
        table="features.item_versions",
        query="features_item_versions.sql",
        keys=("item_id", "valid_from"),
        columns=(
            "item_id",
            "valid_from",
            "category",
            "brand",
            "price",
            "attributes",
            "is_available",
            "is_in_catalogue",
        ),
        unit="versions",
        rules=(
            *_versions("item_id", "dim_items"),
            never("is_outdated", "the newest version is what dim_items says", BUILD_AGAIN),
            never(
                "is_undecided",
                "every version says whether the item was on sale, and whether it was listed",
                MEND_MODEL,
            ),
            between("price", 0, None, "no price is negative", MEND_MODEL),
        ),
    )


def user_versions() -> TableCheck:
    """Return the rules of `features.user_versions`."""
    return TableCheck(
        table="features.user_versions",
        query="features_user_versions.sql",
        keys=("user_id", "valid_from"),
        columns=("user_id", "valid_from", "attributes", "consent_personalization"),
        unit="versions",
        rules=(
            *_versions("user_id", "dim_users"),
            never(
                "has_other_consent",
                "the newest version says of consent what dim_users says",
                BUILD_AGAIN,
            ),
            # Of two records under former names it may be the other one that counts.
            never(
                "has_other_attributes",
                "the newest version has the attributes that dim_users has",
                "see which of the user's names have a customer record, and keep one of them",
                severity=WARNING,
            ),
        ),
    )


def _versions(key: str, dimension: str) -> list[Expectation]:
    return [
        never_null(key, MEND_MODEL),
        unique_together([key, "valid_from"], MEND_MODEL),
        never("is_undated", "every version says from when it was so", MEND_MODEL),
        never("is_after_as_of", "no version begins after the build's now", BUILD_AGAIN),
        never("is_missing", f"every {key} of {dimension} has a version", BUILD_AGAIN),
        never("is_unknown", f"every {key} is in {dimension}", BUILD_AGAIN),
    ]
