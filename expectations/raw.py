"""The rules of the raw border: what has to hold before dbt reads what was loaded."""

from great_expectations import expectations as gxe
from great_expectations.expectations import Expectation
from great_expectations.expectations.row_conditions import Column

from aisle.core.builds import BuildPlan
from expectations.border import Border, TableCheck

CRITICAL = "critical"
WARNING = "warning"

EVENT_TYPES = ["track", "page", "screen", "identify", "group", "alias"]
EVENT_COLUMNS = ("message_id", "type", "event", "user_id", "anonymous_id", "timestamp")
BATCH_COLUMNS = ("_batch_id", "_loaded_at", "_source_file")
MAX_SHARE_OF_BAD_LINES = 0.01  # dbt quarantines bad lines; more of them mean a broken source


def border(plan: BuildPlan) -> Border:
    """Return the rules of the raw border for one build."""
    return Border(
        name="raw",
        meaning="raw data",
        rules_file="expectations/raw.py",
        tables=(_events(), _order_lines(), _products(), _customers()),
        parameters={"max_batch_id": plan.max_batch_id, "as_of": plan.as_of},
    )


def _events() -> TableCheck:
    return TableCheck(
        table="raw.events",
        query="raw_events.sql",
        keys=("message_id",),
        columns=(*EVENT_COLUMNS, "received_at", "properties", "source", *BATCH_COLUMNS),
        rules=(*_event_keys(), *_event_times(), *_event_contents()),
    )


def _event_keys() -> list[Expectation]:
    return [
        gxe.ExpectTableRowCountToBeBetween(
            min_value=1, severity=CRITICAL, description="there is at least one event"
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="message_id", severity=CRITICAL, description="message_id is never null"
        ),
        gxe.ExpectColumnValuesToBeUnique(
            column="message_id", severity=CRITICAL, description="message_id is unique"
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="user_id",
            row_condition=Column("is_order") == True,  # noqa: E712 - builds a condition
            severity=CRITICAL,
            description="user_id is never null on 'Order Completed'",
        ),
    ]


def _event_times() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(
            column="timestamp", severity=CRITICAL, description="timestamp is never null"
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="is_after_as_of",
            value_set=[False],
            severity=CRITICAL,
            description="no timestamp lies more than an hour after the build's as_of",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="is_after_received",
            value_set=[False],
            severity=CRITICAL,
            description="no timestamp lies more than an hour after received_at",
        ),
    ]


def _event_contents() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(
            column="type", severity=CRITICAL, description="type is never null"
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="type",
            value_set=EVENT_TYPES,
            severity=CRITICAL,
            description=f"type is one of {', '.join(EVENT_TYPES)}",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="is_order_without_id",
            value_set=[False],
            severity=WARNING,
            description="every 'Order Completed' carries an order_id",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="is_order_without_lines",
            value_set=[False],
            severity=WARNING,
            description="every 'Order Completed' carries products",
        ),
    ]


def _order_lines() -> TableCheck:
    return TableCheck(
        table="raw.events",
        part="order lines",
        query="raw_order_lines.sql",
        keys=("message_id", "product_id"),
        rules=(*_line_items(), *_line_amount("quantity"), *_line_amount("price")),
    )


def _line_items() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(
            column="product_id",
            mostly=1 - MAX_SHARE_OF_BAD_LINES,
            severity=CRITICAL,
            description=f"at most {MAX_SHARE_OF_BAD_LINES:.0%} of the lines lack a product_id",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="is_in_catalogue",
            value_set=[True],
            mostly=1 - MAX_SHARE_OF_BAD_LINES,
            severity=CRITICAL,
            description=f"at most {MAX_SHARE_OF_BAD_LINES:.0%} of the lines name an item that "
            "is not in the catalogue",
        ),
    ]


def _line_amount(column: str) -> list[Expectation]:
    """Return the rules of an amount: many negative ones are critical, any zero is a warning."""
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column=column,
            min_value=0,
            mostly=1 - MAX_SHARE_OF_BAD_LINES,
            severity=CRITICAL,
            description=f"at most {MAX_SHARE_OF_BAD_LINES:.0%} of the lines have a negative "
            f"{column}",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column=column,
            min_value=0,
            strict_min=True,
            severity=WARNING,
            description=f"{column} is above zero",
        ),
    ]


def _products() -> TableCheck:
    return TableCheck(
        table="raw.products",
        query="raw_products.sql",
        keys=("item_id", "title"),
        columns=("item_id", "title", "category", "price", "updated_at", *BATCH_COLUMNS),
        rules=(
            gxe.ExpectTableRowCountToBeBetween(
                min_value=1, severity=WARNING, description="there is a catalogue"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="item_id", severity=CRITICAL, description="item_id is never null"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="price", min_value=0, severity=CRITICAL, description="no price is negative"
            ),
        ),
    )


def _customers() -> TableCheck:
    return TableCheck(
        table="raw.customers",
        query="raw_customers.sql",
        keys=("user_id",),
        columns=("user_id", "attributes", "consent_personalization", "updated_at", *BATCH_COLUMNS),
        rules=(
            gxe.ExpectColumnValuesToNotBeNull(
                column="user_id", severity=CRITICAL, description="user_id is never null"
            ),
        ),
    )
