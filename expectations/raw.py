"""The raw border: what has to hold of events and lists before dbt reads what was loaded."""

from great_expectations import expectations as gxe

from aisle.core.builds import BuildPlan
from aisle.core.item_events import ITEM_EVENTS
from expectations.border import Border, Occasion, TableCheck
from expectations.deliveries import deliveries, lag, volume
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
ASK_SENDER = (
    "dbt sets such lines aside, so the rest can be used: ask who sends the events, or raise "
    "max_share_of_bad_lines in expectations/thresholds.yaml if the shop is like that"
)


def border(plan: BuildPlan, occasion: Occasion, thresholds: Thresholds) -> Border:
    """Return the rules of the raw border for one build, or for one night."""
    return Border(
        name="raw",
        build_id=plan.build_id,
        meaning="raw data",
        consequence=f"build {plan.build_id} stops before dbt reads it.",
        tables=(
            _events(thresholds),
            _item_lines(thresholds),
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


def _item_lines(thresholds: Thresholds) -> TableCheck:
    bad = f"{thresholds.max_share_of_bad_lines:.0%}"
    return TableCheck(
        table="raw.events",
        part="item lines",
        query="raw_item_lines.sql",
        keys=("message_id", "event", "product_id", "quantity", "price"),
        unit="lines",
        rules=(
            never(
                "is_without_user",
                f"at most {thresholds.max_share_of_lines_without_user:.0%} of the lines have "
                "neither user_id nor anonymous_id",
                "nothing is learned from them: have the site send at least an anonymous_id",
                severity=WARNING,
                max_share=thresholds.max_share_of_lines_without_user,
            ),
            never(
                "is_without_item",
                f"at most {bad} of the lines lack a product_id",
                ASK_SENDER,
                max_share=thresholds.max_share_of_bad_lines,
            ),
            never(
                "is_unknown_item",
                f"at most {thresholds.max_share_of_unknown_items:.0%} of the lines name an item "
                "that is not in the catalogue",
                "deliver the whole catalogue (`aisle import --products FILE`), or raise "
                "max_share_of_unknown_items in expectations/thresholds.yaml",
                max_share=thresholds.max_share_of_unknown_items,
            ),
            *(
                never(
                    f"is_negative_{amount}",
                    f"at most {bad} of the lines have a negative {amount}",
                    ASK_SENDER,
                    max_share=thresholds.max_share_of_bad_lines,
                )
                for amount in ("quantity", "price")
            ),
            *(
                never(
                    f"is_zero_{amount}",
                    f"{amount} is above zero in every order",
                    "nothing has to be done if the shop gives things away",
                    severity=WARNING,
                )
                for amount in ("quantity", "price")
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
