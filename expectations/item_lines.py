"""The raw border: what has to hold of the item lines, of all and of the newest deliveries."""

from great_expectations.expectations import Expectation

from expectations.border import TableCheck
from expectations.rules import WARNING, never
from expectations.thresholds import Thresholds

ASK_SENDER = (
    "dbt sets such lines aside, so the rest can be used: ask who sends the events, or raise "
    "max_share_of_bad_lines in expectations/thresholds.yaml if the shop is like that"
)
QUERY = "raw_item_lines.sql"
KEYS = ("message_id", "event", "product_id", "quantity", "price")


def item_lines(thresholds: Thresholds) -> TableCheck:
    """Return the rules on the lines of all of history."""
    return TableCheck(
        table="raw.events",
        part="item lines",
        query=QUERY,
        keys=KEYS,
        unit="lines",
        parameters={"after_batch_id": 0, "fewest_bad_lines": 0},
        rules=(
            never(
                "is_without_user",
                f"at most {thresholds.max_share_of_lines_without_user:.0%} of the lines have "
                "neither user_id nor anonymous_id",
                "nothing is learned from them: have the site send at least an anonymous_id",
                severity=WARNING,
                max_share=thresholds.max_share_of_lines_without_user,
            ),
            *_at_most(thresholds, "the lines"),
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


def newest_item_lines(thresholds: Thresholds, published_batch_id: int) -> TableCheck:
    """Return the rules on the lines delivered since the last publication.

    A year of good lines would hide them. A few bad ones of a small delivery are let through.
    """
    return TableCheck(
        table="raw.events",
        part="new item lines",
        query=QUERY,
        keys=KEYS,
        unit="lines",
        when_empty="no line was delivered since the last publication",
        parameters={
            "after_batch_id": published_batch_id,
            "fewest_bad_lines": thresholds.min_bad_lines,
        },
        rules=_at_most(thresholds, "the lines delivered since the last publication"),
    )


def _at_most(thresholds: Thresholds, lines: str) -> tuple[Expectation, ...]:
    """Return the rules on how many of `lines` may be bad in each way."""
    bad, most = f"{thresholds.max_share_of_bad_lines:.0%}", thresholds.max_share_of_bad_lines
    return (
        never(
            "is_without_item",
            f"at most {bad} of {lines} lack a product_id",
            ASK_SENDER,
            max_share=most,
        ),
        never(
            "is_unknown_item",
            f"at most {thresholds.max_share_of_unknown_items:.0%} of {lines} name an item "
            "that is not in the catalogue",
            "deliver the whole catalogue (`aisle import --products FILE`), or raise "
            "max_share_of_unknown_items in expectations/thresholds.yaml",
            max_share=thresholds.max_share_of_unknown_items,
        ),
        *(
            never(
                f"is_negative_{amount}",
                f"at most {bad} of {lines} have a negative {amount}",
                ASK_SENDER,
                max_share=most,
            )
            for amount in ("quantity", "price")
        ),
    )
