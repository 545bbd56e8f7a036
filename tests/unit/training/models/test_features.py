"""Feature columns become one-hot names, whatever a shop calls them."""

import numpy as np
import pandas as pd
import pytest

from training.models.features import numeric_columns, one_hot

ALL = np.ones(4, dtype=bool)


def test_categories_and_json_attributes_become_names() -> None:
    frame = pd.DataFrame(
        {
            "brand": ["A", "A", None, "B"],
            "attributes": ['{"size":"L"}', None, '{"size":"L","age":3}', "{}"],
        }
    )

    names, rows = one_hot(frame, ALL, min_count=1)

    assert names == ["brand=A", "brand=B", "attributes.size=L", "attributes.age=3.0"]
    assert rows.toarray().tolist() == [[1, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 1], [0, 1, 0, 0]]


def test_rare_values_and_values_of_unknown_rows_only_are_no_feature() -> None:
    frame = pd.DataFrame({"brand": ["A", "A", "B", "C"]})

    assert one_hot(frame, ALL, min_count=2)[0] == ["brand=A"]
    assert one_hot(frame, np.array([True, False, True, False]), min_count=1)[0] == [
        "brand=A",
        "brand=B",
    ]


def test_numbers_are_cut_into_fifths_and_missing_ones_left_out() -> None:
    frame = pd.DataFrame({"orders": [*range(10), np.nan]})

    names, rows = one_hot(frame, np.ones(11, dtype=bool), min_count=1)

    assert len(names) == 5
    assert rows.sum(axis=0).tolist() == [[2, 2, 2, 2, 2]]
    assert rows[10].nnz == 0


def test_a_yes_or_no_is_no_number() -> None:
    frame = pd.DataFrame({"is_new": [True, False, True, True], "orders": [1, 2, 3, 4]})

    assert numeric_columns(frame) == ["orders"]
    assert one_hot(frame[["is_new"]], ALL, min_count=1)[0] == ["is_new=False", "is_new=True"]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(index=range(4)),
        pd.DataFrame({"attributes": [None] * 4}),
        pd.DataFrame({"orders": [np.nan] * 4}),
        pd.DataFrame({"seen_at": pd.to_datetime(["2024-01-01"] * 4)}),
    ],
)
def test_columns_that_say_nothing_make_no_features(frame: pd.DataFrame) -> None:
    names, rows = one_hot(frame, ALL, min_count=1)

    assert names == []
    assert rows.shape == (4, 0)
