"""Feature columns become LightFM's rows, whatever a shop calls them."""

import numpy as np
import pandas as pd
import pytest

from aisle.core.errors import AisleError
from training.models.features import columns_of, feature_matrix, plan_features, summing_to_one
from training.preparation import fit_preparation


def rows_of(
    frame: pd.DataFrame, is_trained: list[bool], *, min_count: int = 1, numeric: object = False
) -> tuple[list[str], np.ndarray]:
    """Return the names of features and rows x features."""
    mask = np.array(is_trained)
    params = {"min_feature_count": min_count, "numeric_features": numeric}
    fitted = fit_preparation(frame, plan_features(frame[mask], params), mask)
    return fitted.names, feature_matrix(fitted.apply(columns_of(frame), len(frame))).toarray()


ALL = [True] * 4


def test_categories_and_json_attributes_become_names() -> None:
    frame = pd.DataFrame(
        {
            "brand": ["A", "A", None, "B"],
            "attributes": ['{"size":"L"}', None, '{"size":"L","age":3}', "{}"],
        }
    )

    names, rows = rows_of(frame, ALL)

    assert names == ["brand=A", "brand=B", "attributes.size=L", "attributes.age=3"]
    assert rows.tolist() == [[1, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 1], [0, 1, 0, 0]]


def test_rare_values_and_values_of_untrained_rows_only_are_no_feature() -> None:
    frame = pd.DataFrame({"brand": ["A", "A", "B", "C"]})

    assert rows_of(frame, ALL, min_count=2)[0] == ["brand=A"]
    assert rows_of(frame, [True, False, True, False])[0] == ["brand=A", "brand=B"]


def test_numbers_are_cut_into_fifths_and_missing_ones_left_out() -> None:
    frame = pd.DataFrame({"orders": [*range(10), np.nan]})

    names, rows = rows_of(frame, [True] * 11, numeric=True)

    assert len(names) == 5
    assert rows.sum(axis=0).tolist() == [2, 2, 2, 2, 2]
    assert rows[10].sum() == 0


def test_prepared_numbers_lie_between_zero_and_one_after_a_logarithm() -> None:
    frame = pd.DataFrame({"orders": [0.0, np.expm1(1), np.expm1(2), np.nan], "c": list("aaaa")})

    names, rows = rows_of(frame, ALL, numeric="prepared")

    assert names == ["orders", "orders:missing", "c=a"]
    assert rows[:, 0] == pytest.approx([0, 0.5, 1, 0.5])
    assert rows[:, 1].tolist() == [0, 0, 0, 1]


def test_a_row_without_any_value_has_no_features_even_where_gaps_are_filled() -> None:
    frame = pd.DataFrame({"orders": [1.0, 2.0, np.nan], "c": ["a", "b", None]})

    _, rows = rows_of(frame, [True] * 3, numeric="prepared")

    assert rows[2].sum() == 0


def test_a_yes_or_no_is_no_number() -> None:
    frame = pd.DataFrame({"is_new": [True, False, True, True], "orders": [1, 2, 3, 4]})

    assert rows_of(frame, ALL)[0] == ["is_new=False", "is_new=True"]


def test_rows_are_divided_by_their_sums() -> None:
    from scipy import sparse

    rows = sparse.csr_matrix(np.array([[5, 1, 2], [0, 0, 0]], dtype=np.float32))

    assert summing_to_one(rows).toarray().tolist() == [[0.625, 0.125, 0.25], [0, 0, 0]]


def test_a_wish_nobody_knows_is_refused() -> None:
    with pytest.raises(AisleError, match="'tenths'"):
        rows_of(pd.DataFrame({"orders": [1]}), [True], numeric="tenths")


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(index=range(4)),
        pd.DataFrame({"attributes": [None] * 4}),
        pd.DataFrame({"orders": [np.nan] * 4}),
        pd.DataFrame({"seen_at": pd.to_datetime(["2024-01-01"] * 4)}),
    ],
)
@pytest.mark.parametrize("numeric", [False, True, "prepared"])
def test_columns_that_say_nothing_make_no_features(frame: pd.DataFrame, numeric: object) -> None:
    names, rows = rows_of(frame, ALL, numeric=numeric)

    assert names == []
    assert rows.shape == (4, 0)
