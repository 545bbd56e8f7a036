"""The marts border: what has to hold of the map of identities."""

from expectations.border import TableCheck
from expectations.marts_rules import MEND_MODEL, in_time, known
from expectations.rules import never, never_null, unique_together

WITHOUT_LINKS = "no visitor was recognised and no user renamed, so every id stands for itself"


def identities() -> TableCheck:
    """Return the rules of `marts.dim_identities`."""
    return TableCheck(
        table="marts.dim_identities",
        query="marts_dim_identities.sql",
        keys=("id_kind", "id", "valid_from", "user_id"),
        columns=("id_kind", "id", "valid_from", "valid_to", "user_id", "how", "reason"),
        when_empty=WITHOUT_LINKS,
        rules=(
            *(never_null(column, MEND_MODEL) for column in ("id_kind", "id", "reason")),
            unique_together(["id_kind", "id", "valid_from"], MEND_MODEL),
            never("is_overlapping", "no id means two users at one moment", MEND_MODEL),
            never("is_ending_before", "no stretch of time ends before it begins", MEND_MODEL),
            never("is_itself", "every id means somebody else than its text says", MEND_MODEL),
            never("is_chained", "every user_id is the last name of its user", MEND_MODEL),
            *known("user_id", "is_user_unknown", "dim_users"),
        ),
    )


def visitors() -> TableCheck:
    """Return the rules of `marts.dim_visitors`."""
    return TableCheck(
        table="marts.dim_visitors",
        query="marts_dim_visitors.sql",
        keys=("anonymous_id", "linked_at", "user_id"),
        columns=("anonymous_id", "linked_at", "user_id", "is_anonymous"),
        when_empty=WITHOUT_LINKS,
        rules=(
            never_null("anonymous_id", MEND_MODEL),
            unique_together(["anonymous_id", "linked_at"], MEND_MODEL),
            *known("user_id", "is_user_unknown", "dim_users"),
            *in_time("linked_at"),
        ),
    )
