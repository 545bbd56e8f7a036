"""The marts border: what has to hold of what dbt made before it is published."""

from aisle.core.builds import BuildPlan
from aisle.core.item_events import ITEM_EVENTS
from expectations.border import Border, Occasion, TableCheck
from expectations.features import item_features, user_features
from expectations.identities import identities, visitors
from expectations.marts_rules import MEND_MODEL, in_time, known
from expectations.pairs import pair_features
from expectations.rules import (
    WARNING,
    between,
    has_rows,
    key,
    never,
    never_null,
    unique_together,
)
from expectations.thresholds import Thresholds
from expectations.versions import item_versions, user_versions
from expectations.visits import exposures, sessions

SEE_RAW = "see what the raw border warned of, then the dbt model that makes the column"


def border(plan: BuildPlan, occasion: Occasion, thresholds: Thresholds) -> Border:
    """Return the rules of the marts border for one build; the occasion changes none of them."""
    return Border(
        name="marts",
        build_id=plan.build_id,
        meaning="marts",
        consequence=f"build {plan.build_id} stops before anything is published.",
        tables=(
            _users(),
            identities(),
            visitors(),
            _items(),
            _orders(),
            _interactions(thresholds),
            sessions(),
            exposures(),
            *user_features(),
            *item_features(),
            *pair_features(),
            user_versions(),
            item_versions(),
        ),
        parameters={"as_of": plan.as_of, "item_events": list(ITEM_EVENTS)},
    )


def _users() -> TableCheck:
    return TableCheck(
        table="marts.dim_users",
        query="marts_dim_users.sql",
        keys=("user_id",),
        columns=("user_id", "attributes", "consent_personalization", "known_at", "order_count"),
        rules=(
            *key("user_id", MEND_MODEL),
            has_rows("there is at least one user", "deliver events with user_id or anonymous_id"),
        ),
    )


def _items() -> TableCheck:
    return TableCheck(
        table="marts.dim_items",
        query="marts_dim_items.sql",
        keys=("item_id", "title"),
        columns=("item_id", "title", "category", "brand", "is_in_catalogue", "known_at"),
        rules=(
            *key("item_id", MEND_MODEL),
            has_rows("there is at least one item", "deliver events that name items"),
            never("is_untitled", "every item has a title", MEND_MODEL),
        ),
    )


def _orders() -> TableCheck:
    return TableCheck(
        table="marts.fct_orders",
        query="marts_fct_orders.sql",
        keys=("order_id", "user_id", "ordered_at", "revenue"),
        columns=(
            "order_id",
            "user_id",
            "ordered_at",
            "item_count",
            "quantity",
            "revenue",
            "refunded_value",
            "net_revenue",
            "is_refunded",
        ),
        rules=(
            has_rows(
                "there is at least one order",
                "nothing has to be done: without orders, models learn from the other events",
                severity=WARNING,
            ),
            *key("order_id", MEND_MODEL),
            *known("user_id", "is_user_unknown", "dim_users"),
            *in_time("ordered_at"),
            between("revenue", 0, None, "no revenue is negative", MEND_MODEL),
            never(
                "is_overrefunded",
                "no order gave back more than it took",
                MEND_MODEL,
            ),
            never(
                "is_without_items",
                "every order has at least one item",
                "its lines are listed by `aisle quarantine`, with the reason",
                severity=WARNING,
            ),
        ),
    )


def _interactions(thresholds: Thresholds) -> TableCheck:
    return TableCheck(
        table="marts.fct_interactions",
        query="marts_fct_interactions.sql",
        keys=("event", "order_id", "user_id", "item_id"),
        columns=(
            "user_id",
            "item_id",
            "order_id",
            "interacted_at",
            "event",
            "quantity",
            "value",
            "is_zero_value",
        ),
        unit="interactions",
        rules=(
            has_rows("there is at least one interaction", "deliver events that name items"),
            has_rows(
                f"there are at least {thresholds.min_interactions} interactions",
                "marts are published all the same; a training refuses what is too little and "
                "says which numbers it needs",
                minimum=thresholds.min_interactions,
                severity=WARNING,
            ),
            never_null("order_id", MEND_MODEL),
            unique_together(["event", "order_id", "item_id"], MEND_MODEL),
            never(
                "is_of_unknown_kind",
                "event is an item event of the Segment e-commerce spec",
                MEND_MODEL,
            ),
            *known("user_id", "is_user_unknown", "dim_users"),
            *known("item_id", "is_item_unknown", "dim_items"),
            *in_time("interacted_at"),
            between("value", 0, None, "no value is negative", MEND_MODEL),
            between("quantity", 0, None, "no quantity is negative", MEND_MODEL),
            never(
                "is_zero_value",
                f"at most {thresholds.max_share_of_zero_value:.0%} of the interactions are orders "
                "without a value",
                SEE_RAW,
                severity=WARNING,
                max_share=thresholds.max_share_of_zero_value,
            ),
        ),
    )
