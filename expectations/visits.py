"""The rules of sessions and exposures: what has to hold of what happened in the shop.

A shop that only delivers orders has neither: an empty table is sound, and its rules are skipped.
"""

from expectations.border import TableCheck
from expectations.marts_rules import MEND_MODEL, in_time, known
from expectations.rules import between, key, never, never_null, unique_together


def sessions() -> TableCheck:
    """Return the rules of marts.fct_sessions."""
    return TableCheck(
        table="marts.fct_sessions",
        query="marts_fct_sessions.sql",
        keys=("session_id", "user_id", "started_at"),
        columns=(
            "session_id",
            "user_id",
            "started_at",
            "ended_at",
            "duration_seconds",
            "events",
            "pages",
            "product_views",
            "is_bounced",
            "is_converted",
            "orders",
            "revenue",
        ),
        when_empty="there are no sessions: nobody was seen visiting",
        rules=(
            *key("session_id", MEND_MODEL),
            *known("user_id", "is_user_unknown", "dim_users"),
            *in_time("ended_at"),
            between("duration_seconds", 0, None, "no session ends before it starts", MEND_MODEL),
            between("events", 1, None, "every session has an event", MEND_MODEL),
            between("revenue", 0, None, "no revenue is negative", MEND_MODEL),
            never(
                "is_inconsistent",
                "a session is converted when it has orders, and then it is not bounced",
                MEND_MODEL,
            ),
        ),
    )


def exposures() -> TableCheck:
    """Return the rules of marts.fct_exposures."""
    return TableCheck(
        table="marts.fct_exposures",
        query="marts_fct_exposures.sql",
        keys=("message_id", "position", "item_id"),
        columns=(
            "message_id",
            "position",
            "item_id",
            "list_id",
            "recommendation_id",
            "user_id",
            "device_id",
            "shown_at",
            "clicked_at",
            "click_message_id",
            "ordered_at",
            "order_id",
            "value",
        ),
        when_empty="there are no exposures: no list of items that was viewed has been delivered",
        rules=(
            never_null("message_id", MEND_MODEL),
            never_null("position", MEND_MODEL),
            unique_together(["message_id", "position"], MEND_MODEL),
            *known("item_id", "is_item_unknown", "dim_items"),
            *known("user_id", "is_user_unknown", "dim_users"),
            *in_time("shown_at"),
            never("is_before_shown", "no outcome comes before its exposure", MEND_MODEL),
            never("is_counted_twice", "no outcome counts for two exposures", MEND_MODEL),
            never("is_order_unknown", "every order_id is in fct_orders", MEND_MODEL),
            between("value", 0, None, "no value is negative", MEND_MODEL),
        ),
    )
