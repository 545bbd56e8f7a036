"""The marts border: what has to hold of the feature marts that Feast and trainings read.

Today's rows are judged one by one; the weekly grid behind them, ten to a hundred times as many
rows, is judged date by date, with what is wrong on a date counted in SQL.
"""

from great_expectations.expectations import Expectation

from expectations.border import TableCheck
from expectations.rules import between, key, never, never_null

MEND_MODEL = "it is a fault of the dbt model in dbt_project/models/marts/features: see `make test`"
BUILD_AGAIN = f"run `aisle transform` again; if it stays, {MEND_MODEL}"
WITHOUT_EVENTS = "nobody has done anything with an item"


def user_features() -> tuple[TableCheck, TableCheck]:
    """Return the rules of `features.user_features`: today's rows, then the whole grid."""
    today = TableCheck(
        table="features.user_features",
        part="today",
        query="features_user_features_today.sql",
        keys=("user_id", "as_of_date"),
        columns=("as_of_date", "user_id", "orders_28d", "orders_91d", "orders_364d", "spend_364d"),
        unit="users",
        when_empty=WITHOUT_EVENTS,
        rules=(
            *key("user_id", MEND_MODEL),
            never(
                "is_missing",
                "every user with an event in the last 364 days has a row of today",
                BUILD_AGAIN,
            ),
            never(
                "has_shrinking_windows",
                "longer windows hold at least as many orders as shorter ones",
                MEND_MODEL,
            ),
            between("orders_364d", 0, None, "no orders_364d is negative", MEND_MODEL),
            between("spend_364d", 0, None, "no spend_364d is negative", MEND_MODEL),
            _share("repeat_line_share_364d"),
            _age("days_since_last_order"),
        ),
    )
    return today, _grid("user", "users")


def item_features() -> tuple[TableCheck, TableCheck]:
    """Return the rules of `features.item_features`: today's rows, then the whole grid."""
    today = TableCheck(
        table="features.item_features",
        part="today",
        query="features_item_features_today.sql",
        keys=("item_id", "as_of_date"),
        columns=("as_of_date", "item_id", "orders_28d", "orders_91d", "orders_364d", "rebuy_rate"),
        unit="items",
        when_empty=WITHOUT_EVENTS,
        rules=(
            *key("item_id", MEND_MODEL),
            never(
                "is_missing",
                "every item with an event in the last 182 days has a row of today",
                BUILD_AGAIN,
            ),
            never(
                "has_shrinking_windows",
                "longer windows hold at least as many orders as shorter ones",
                MEND_MODEL,
            ),
            never(
                "has_more_users_than_orders",
                "no window has more buyers than orders",
                MEND_MODEL,
            ),
            _share("rebuy_rate"),
            _age("days_since_last_sale"),
        ),
    )
    return today, _grid("item", "items")


def _grid(entity: str, plural: str) -> TableCheck:
    return TableCheck(
        table=f"features.{entity}_features",
        part="weekly grid",
        query=f"features_{entity}_features_grid.sql",
        keys=("as_of_date", "rows_of_date", "first_key"),
        unit="dates",
        when_empty=WITHOUT_EVENTS,
        rules=(
            never_null("as_of_date", MEND_MODEL),
            never("is_after_as_of", "no row lies after the build's now", BUILD_AGAIN),
            never("has_null_keys", f"{entity}_id is never null", MEND_MODEL),
            never("has_duplicates", f"{plural} have one row a date", MEND_MODEL),
            never("has_negatives", "no feature is negative", MEND_MODEL),
        ),
    )


def _share(column: str) -> Expectation:
    return between(column, 0, 1, f"{column} lies between 0 and 1", MEND_MODEL)


def _age(column: str) -> Expectation:
    return between(column, 0, None, f"no {column} is negative", MEND_MODEL)
