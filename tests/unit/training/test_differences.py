"""Rivals are compared user by user, each user once, on the rows a measure asks for."""

import pandas as pd
import pytest

from aisle.core.errors import AisleError
from training.differences import differences, values
from training.gate_rules import MEASURES

COLUMNS = ["window", "task", "user_id", "segment", "ndcg_at_10"]
ROWS = [
    ("test_1", "next", "x", "light", 0.2),
    ("test_2", "next", "x", "heavy", 0.4),
    ("test_1", "next", "y", "light", 0.9),
    ("test_1", "discovery", "y", "light", 0.7),
]


def table(*rows: tuple[str, str, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def test_a_user_counts_once_with_the_mean_over_windows() -> None:
    found = values({"a": table(*ROWS), "b": table(*reversed(ROWS))}, MEASURES["next_ndcg_at_10"])

    assert found["a"].to_dict() == {"x": pytest.approx(0.3), "y": 0.9}
    assert found["b"].tolist() == found["a"].tolist()


def test_a_segments_measure_takes_its_rows_only() -> None:
    found = values({"a": table(*ROWS)}, MEASURES["next_ndcg_at_10_light"])

    assert found["a"].to_dict() == {"x": 0.2, "y": 0.9}


def test_rivals_judged_on_other_users_cannot_be_compared() -> None:
    with pytest.raises(AisleError, match=r"b was judged on other users than a \(1 and 2\)"):
        values({"a": table(*ROWS), "b": table(ROWS[0])}, MEASURES["next_ndcg_at_10"])


def test_a_measure_without_users_has_no_difference() -> None:
    found = differences({"a": table(*ROWS)}, [MEASURES["newcomers_ndcg_at_10"]], "a")

    assert (found["newcomers_ndcg_at_10"].users, found["newcomers_ndcg_at_10"].by_rival) == (0, {})
