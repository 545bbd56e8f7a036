"""The marts border: what has to hold of features of pairs, profiles, sequences and sessions.

There are millions of pairs, so what is wrong on a date is counted in SQL. That their keys are
unique is tested by the build itself (dbt), and not once more here.
"""

from great_expectations.expectations import Expectation

from expectations.border import TableCheck
from expectations.features import BUILD_AGAIN, MEND_MODEL, WITHOUT_EVENTS
from expectations.rules import between, key, never, never_null, unique_together

RULES = {
    "is_after_as_of": ("no row lies after the build's now", BUILD_AGAIN),
    "has_null_keys": ("keys are never null", MEND_MODEL),
    "has_negatives": ("no feature is negative", MEND_MODEL),
    "has_shrinking_windows": (
        "longer windows hold at least as much, and arrays are equally long",
        MEND_MODEL,
    ),
    "has_impossible_shares": ("shares lie between 0 and 1", MEND_MODEL),
    "has_missing_keys": ("whoever was active has a row at the date", BUILD_AGAIN),
}


def pair_features() -> tuple[TableCheck, ...]:
    """Return the rules of the marts that have rows at pair dates."""
    return (
        _dates(
            "user_item_features",
            ("orders_28d", "orders_364d", "spend_364d", "days_since_last_event"),
        ),
        _dates(
            "user_category_features",
            ("order_lines_28d", "order_lines_364d", "order_line_share_364d"),
        ),
        _dates("user_brand_features", ("order_lines_364d", "order_line_share_hl91d")),
        _dates("item_segment_features", ("segment", "orders_91d", "order_share_91d")),
        _dates("user_profiles", ("price_level_364d", "top_categories")),
        _dates("user_sequences", ("sequence_length", "item_ids", "events", "gap_days")),
        demographics(),
        session_features(),
    )


def demographics() -> TableCheck:
    """Return the rules of `features.user_demographics`."""
    return TableCheck(
        table="features.user_demographics",
        query="features_user_demographics.sql",
        keys=("user_id", "as_of_date"),
        columns=("user_id", "as_of_date", "age_band", "gender", "region", "household_size"),
        unit="rows",
        when_empty="nobody has told anything about themselves",
        rules=(
            unique_together(["user_id", "as_of_date"], MEND_MODEL),
            never("is_after_as_of", *RULES["is_after_as_of"]),
            never("is_unknown_band", "age bands and genders are of the known ones", MEND_MODEL),
            between("household_size", 0, None, "no household_size is negative", MEND_MODEL),
            between("children", 0, None, "no number of children is negative", MEND_MODEL),
        ),
    )


def session_features() -> TableCheck:
    """Return the rules of `features.session_features`."""
    return TableCheck(
        table="features.session_features",
        query="features_session_features.sql",
        keys=("session_id", "as_of_date"),
        columns=("session_id", "as_of_date", "user_id", "events", "duration_seconds"),
        unit="sessions",
        when_empty="nobody has visited the shop's pages",
        rules=(
            *key("session_id", MEND_MODEL),
            never_null("user_id", MEND_MODEL),
            never("is_after_as_of", *RULES["is_after_as_of"]),
            never("is_before_its_end", "a session is known after its end only", MEND_MODEL),
            between("events", 1, None, "a session has at least one event", MEND_MODEL),
            between("duration_seconds", 0, None, "no duration is negative", MEND_MODEL),
        ),
    )


def _dates(mart: str, columns: tuple[str, ...]) -> TableCheck:
    return TableCheck(
        table=f"features.{mart}",
        query=f"features_{mart}.sql",
        keys=("as_of_date", "rows_of_date", "first_key"),
        columns=("as_of_date", *columns),
        unit="dates",
        when_empty=WITHOUT_EVENTS,
        rules=(never_null("as_of_date", MEND_MODEL), *(_rule(flag) for flag in RULES)),
    )


def _rule(flag: str) -> Expectation:
    sentence, next_step = RULES[flag]
    return never(flag, sentence, next_step)
