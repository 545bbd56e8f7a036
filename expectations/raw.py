"""The raw border: what has to hold of events and lists before dbt reads what was loaded."""

from great_expectations import expectations as gxe

from aisle.core.builds import BuildPlan
from aisle.core.item_events import ITEM_EVENTS
from expectations.border import Border, Occasion, TableCheck
from expectations.deliveries import deliveries, lag, volume
from expectations.item_lines import item_lines, newest_item_lines
from expectations.rules import WARNING, has_rows, key, never, never_null, unique_together
from expectations.thresholds import Thresholds

EVENT_TYPES = ("track", "page", "screen", "identify", "group", "alias")
EVENT_COLUMNS = ("message_id", "type", "event", "user_id", "anonymous_id", "timestamp")
BATCH_COLUMNS = ("_batch_id", "_loaded_at", "_source_file")

SET_ASIDE = (
    'take them out with `aisle set-aside MESSAGE_ID... --reason "..."`, deliver corrected events '
    "as a new file, then trigger load_raw"
)
IMPORT_AGAIN = "deliver a corrected file (`aisle import`), then trigger load_raw"


def border(
    plan: BuildPlan,
    occasion: Occasion,
    thresholds: Thresholds,
    published_batch_id: int | None = None,
) -> Border:
    """Return the rules of the raw border for one build, or for one night.

    `published_batch_id` is the newest batch of the last publication; None when there is none, and
    all that was delivered is judged together.
    """
    newest = (
        () if published_batch_id is None else (newest_item_lines(thresholds, published_batch_id),)
    )
    return Border(
        name="raw",
        build_id=plan.build_id,
        meaning="raw data",
        consequence=f"build {plan.build_id} stops before dbt reads it.",
        tables=(
            _events(thresholds),
            item_lines(thresholds),
            *newest,
            _products(),
            _customers(),
            deliveries(thresholds),
            volume(occasion, thresholds),
            lag(occasion, thresholds),
        ),
        parameters={
            "max_batch_id": plan.max_batch_id,
            "as_of": plan.as_of,
            "item_events": list(ITEM_EVENTS),
            **thresholds.model_dump(),
        },
    )


def _events(thresholds: Thresholds) -> TableCheck:
    return TableCheck(
        table="raw.events",
        query="raw_events.sql",
        keys=("message_id", "event", "timestamp"),
        columns=(*EVENT_COLUMNS, "received_at", "properties", "source", *BATCH_COLUMNS),
        rules=(
            has_rows("there is at least one event", "deliver events, then trigger load_raw"),
            *key("message_id", SET_ASIDE),
            never(
                "is_order_without_user",
                "every 'Order Completed' has a user_id or an anonymous_id",
                SET_ASIDE,
            ),
            never_null("timestamp", SET_ASIDE),
            never(
                "is_after_as_of",
                "no timestamp lies more than an hour after the build's now",
                f"the sender's clock is wrong: {SET_ASIDE}",
            ),
            never(
                "is_after_delivery",
                "no timestamp lies more than an hour after its delivery",
                f"the sender's clock or time zone is wrong: {SET_ASIDE}",
            ),
            never_null("type", SET_ASIDE),
            gxe.ExpectColumnValuesToBeInSet(
                column="type",
                value_set=list(EVENT_TYPES),
                severity="critical",
                description=f"type is one of {', '.join(EVENT_TYPES)}",
                notes=SET_ASIDE,
            ),
            never(
                "is_order_without_id",
                "every 'Order Completed' carries an order_id",
                "such an order is known by its message_id, so sending it twice counts it twice: "
                "have the site send properties.order_id",
                severity=WARNING,
            ),
            never(
                "is_order_without_lines",
                "every 'Order Completed' carries products",
                "such an order teaches nothing: have the site send properties.products",
                severity=WARNING,
            ),
        ),
    )


def _products() -> TableCheck:
    return TableCheck(
        table="raw.products",
        query="raw_products.sql",
        keys=("item_id", "title", "price"),
        columns=("item_id", "title", "category", "price", "updated_at", *BATCH_COLUMNS),
        rules=(
            has_rows(
                "there is a catalogue",
                "nothing has to be done: without one, items are known by their sales alone",
                severity=WARNING,
            ),
            never_null("item_id", IMPORT_AGAIN),
            never("is_negative_price", "no price is negative", IMPORT_AGAIN),
            unique_together(
                ["item_id", "_batch_id"],
                "of several versions in one delivery the newest by updated_at is used: deliver one",
                severity=WARNING,
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
            never_null("user_id", IMPORT_AGAIN),
            unique_together(
                ["user_id", "_batch_id"],
                "of several versions in one delivery the newest by updated_at is used: deliver one",
                severity=WARNING,
            ),
        ),
    )
