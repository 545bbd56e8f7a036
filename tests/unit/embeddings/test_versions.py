"""Since when an item has had a text: never before it was delivered, never moved by a repetition."""

from datetime import datetime

import pandas as pd
import pytest

from aisle.embeddings.versions import COLUMNS, merge_versions

MONDAY, TUESDAY, SUNDAY = datetime(2024, 1, 1), datetime(2024, 1, 2), datetime(2023, 12, 31)


def rows(*versions: tuple[str, datetime, str]) -> pd.DataFrame:
    return pd.DataFrame(versions, columns=COLUMNS)


NOTHING = rows()


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (NOTHING, rows(("a", MONDAY, "x")), [("a", MONDAY, "x")]),
        # Delivered again as it was: known since it was known.
        (rows(("a", MONDAY, "x")), rows(("a", TUESDAY, "x")), [("a", MONDAY, "x")]),
        # Changed: both, each from its time on.
        (
            rows(("a", MONDAY, "x")),
            rows(("a", TUESDAY, "y")),
            [("a", MONDAY, "x"), ("a", TUESDAY, "y")],
        ),
        # Changed back: a third row, not the first one again.
        (
            rows(("a", SUNDAY, "x"), ("a", MONDAY, "y")),
            rows(("a", TUESDAY, "x")),
            [("a", SUNDAY, "x"), ("a", MONDAY, "y"), ("a", TUESDAY, "x")],
        ),
        # The same record reads differently now: what was published for it is replaced.
        (rows(("a", MONDAY, "x")), rows(("a", MONDAY, "y")), [("a", MONDAY, "y")]),
        (rows(("a", TUESDAY, "x")), rows(("a", MONDAY, "y")), [("a", MONDAY, "y")]),
        # Gone, and new.
        (rows(("a", MONDAY, "x")), rows(("b", TUESDAY, "x")), [("b", TUESDAY, "x")]),
    ],
)
def test_versions(
    before: pd.DataFrame, now: pd.DataFrame, expected: list[tuple[str, datetime, str]]
) -> None:
    merged = merge_versions(before, now)
    assert list(merged.itertuples(index=False, name=None)) == expected
    again = merge_versions(merged, now)
    assert list(again.itertuples(index=False, name=None)) == expected
