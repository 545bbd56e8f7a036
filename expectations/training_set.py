"""The rules of the training border: what has to hold of the marts before they are published."""

from great_expectations import expectations as gxe
from great_expectations.expectations import Expectation

from aisle.core.builds import BuildPlan
from expectations.border import Border, TableCheck

CRITICAL = "critical"
WARNING = "warning"

MIN_INTERACTIONS = 100  # below this nothing can be learned or compared
MAX_SHARE_OF_ZERO_VALUE = 0.05


def border(plan: BuildPlan) -> Border:
    """Return the rules of the training border for one build."""
    return Border(
        name="marts",
        meaning="marts",
        rules_file="expectations/training_set.py",
        tables=(_users(), _items(), _orders(), _interactions()),
        parameters={"as_of": plan.as_of},
    )


def _users() -> TableCheck:
    return TableCheck(
        table="marts.dim_users",
        query="marts_dim_users.sql",
        keys=("user_id",),
        columns=("user_id", "attributes", "consent_personalization", "known_at", "order_count"),
        rules=(*_key("user_id"), _has_rows("user")),
    )


def _items() -> TableCheck:
    return TableCheck(
        table="marts.dim_items",
        query="marts_dim_items.sql",
        keys=("item_id", "title"),
        columns=("item_id", "title", "category", "brand", "is_in_catalogue", "known_at"),
        rules=(
            *_key("item_id"),
            _has_rows("item"),
            gxe.ExpectColumnValueLengthsToBeBetween(
                column="title", min_value=1, severity=CRITICAL, description="no title is empty"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="title", severity=CRITICAL, description="title is never null"
            ),
        ),
    )


def _orders() -> TableCheck:
    return TableCheck(
        table="marts.fct_orders",
        query="marts_fct_orders.sql",
        keys=("order_id", "user_id"),
        columns=("order_id", "user_id", "ordered_at", "item_count", "quantity", "revenue"),
        rules=(
            *_key("order_id"),
            _has_rows("order"),
            *_reference("user_id", "is_user_known", "dim_users"),
            *_time("ordered_at"),
            _not_negative("revenue"),
            gxe.ExpectColumnValuesToBeBetween(
                column="item_count",
                min_value=1,
                severity=WARNING,
                description="every order has at least one item",
            ),
        ),
    )


def _interactions() -> TableCheck:
    return TableCheck(
        table="marts.fct_interactions",
        query="marts_fct_interactions.sql",
        keys=("order_id", "user_id", "item_id"),
        columns=("user_id", "item_id", "order_id", "interacted_at", "event", "quantity", "value"),
        rules=(
            _has_rows("interaction", MIN_INTERACTIONS),
            _not_null("order_id"),
            gxe.ExpectCompoundColumnsToBeUnique(
                column_list=["order_id", "item_id"],
                severity=CRITICAL,
                description="order_id and item_id together are unique",
            ),
            *_reference("user_id", "is_user_known", "dim_users"),
            *_reference("item_id", "is_item_known", "dim_items"),
            *_time("interacted_at"),
            _not_negative("value"),
            _not_negative("quantity"),
            gxe.ExpectColumnValuesToBeInSet(
                column="is_zero_value",
                value_set=[False],
                mostly=1 - MAX_SHARE_OF_ZERO_VALUE,
                severity=WARNING,
                description=f"at most {MAX_SHARE_OF_ZERO_VALUE:.0%} of the interactions have "
                "no value",
            ),
        ),
    )


def _has_rows(thing: str, minimum: int = 1) -> Expectation:
    return gxe.ExpectTableRowCountToBeBetween(
        min_value=minimum,
        severity=CRITICAL,
        description=f"there {'is' if minimum == 1 else 'are'} at least {minimum} {thing}"
        f"{'' if minimum == 1 else 's'}",
    )


def _not_null(column: str) -> Expectation:
    return gxe.ExpectColumnValuesToNotBeNull(
        column=column, severity=CRITICAL, description=f"{column} is never null"
    )


def _not_negative(column: str) -> Expectation:
    return gxe.ExpectColumnValuesToBeBetween(
        column=column, min_value=0, severity=CRITICAL, description=f"no {column} is negative"
    )


def _key(column: str) -> list[Expectation]:
    unique = gxe.ExpectColumnValuesToBeUnique(
        column=column, severity=CRITICAL, description=f"{column} is unique"
    )
    return [_not_null(column), unique]


def _reference(column: str, flag: str, dimension: str) -> list[Expectation]:
    found = gxe.ExpectColumnValuesToBeInSet(
        column=flag,
        value_set=[True],
        severity=CRITICAL,
        description=f"every {column} is in {dimension}",
    )
    return [_not_null(column), found]


def _time(column: str) -> list[Expectation]:
    in_time = gxe.ExpectColumnValuesToBeInSet(
        column="is_after_as_of",
        value_set=[False],
        severity=CRITICAL,
        description=f"no {column} lies after the build's as_of",
    )
    return [_not_null(column), in_time]
