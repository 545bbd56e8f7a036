"""What numpy prepares equals scikit-learn, float by float, and nothing that arrives can stop it."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.impute import MissingIndicator

from aisle.core.errors import AisleError
from aisle.core.preparation import Preparation
from training.preparation import (
    ColumnPlan,
    category_encoder,
    fit_preparation,
    plan_columns,
    scaling_pipeline,
)

NUMBERS = st.one_of(
    st.none(), st.floats(-1e12, 1e12), st.integers(0, 40), st.sampled_from([0.0, -0.0, 1e-300])
)
TEXTS = st.one_of(st.none(), st.sampled_from(["a", "b", "c", "Ä", "other", "missing", "1"]))
WILD: Any = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.dates(),
    st.decimals(),
    st.complex_numbers(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.just(10**400),
    st.just(pd.NA),
    st.just(pd.NaT),
    st.just(np.float32("nan")),
)
EVERYTHING = np.ones(1, dtype=bool)
KINDS = ["heavy_tail", "bounded", "plain"]


def through_json(preparation: Preparation) -> Preparation:
    """Return what a saved model gives back."""
    return Preparation.from_document(json.loads(json.dumps(preparation.document())))


@given(
    values=st.lists(NUMBERS, min_size=1, max_size=30),
    later=st.lists(NUMBERS, min_size=1, max_size=8),
    kind=st.sampled_from(KINDS),
    scaling=st.sampled_from(["z_score", "min_max"]),
)
@settings(max_examples=300, deadline=None)
def test_numbers_are_prepared_as_scikit_learn_does(
    values: list[Any], later: list[Any], kind: Any, scaling: Any
) -> None:
    plan = ColumnPlan("x", kind, scaling)
    train, after = (np.array(column, dtype=float) for column in (values, later))

    fitted = fit_preparation(pd.DataFrame({"x": train}), [plan], np.ones(train.size, dtype=bool))

    if np.isnan(train).all():
        assert fitted.columns == ()
        return
    expected = [scaling_pipeline(plan).fit(train[:, None]).transform(after[:, None])]
    if np.isnan(train).any():
        indicator = MissingIndicator(error_on_new=False).fit(train[:, None])
        expected.append(indicator.transform(after[:, None]).astype(float))
    found = through_json(fitted).apply({"x": list(later)}, after.size).dense()
    np.testing.assert_array_equal(found, np.hstack(expected))
    one_by_one = [fitted.apply({"x": [value]}, 1).dense()[0] for value in later]
    np.testing.assert_array_equal(found, np.array(one_by_one))


@given(
    values=st.lists(TEXTS, min_size=1, max_size=30),
    later=st.lists(st.one_of(TEXTS, st.text(max_size=3)), min_size=1, max_size=8),
    min_count=st.integers(1, 4),
)
@settings(max_examples=200, deadline=None)
def test_categories_are_prepared_as_scikit_learn_does(
    values: list[Any], later: list[Any], min_count: int
) -> None:
    plan = ColumnPlan("x", "category", min_count=min_count)
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object)})

    fitted = fit_preparation(frame, [plan], np.ones(len(values), dtype=bool))

    present = [value for value in values if value]
    if not present:
        assert fitted.columns == ()
        return
    encoder = category_encoder(plan).fit(np.array(present, dtype=object)[:, None])
    texts = np.array([value or "?" for value in later], dtype=object)
    is_missing = np.array([not value for value in later])
    expected = encoder.transform(texts[:, None])
    expected[is_missing] = 0
    if len(present) < len(values):
        expected = np.column_stack([expected, is_missing])
    np.testing.assert_array_equal(
        through_json(fitted).apply({"x": later}, len(later)).dense(), expected
    )


@given(values=st.lists(NUMBERS, min_size=1, max_size=30), later=st.lists(WILD, max_size=5))
@settings(max_examples=200, deadline=None)
def test_no_value_is_refused_and_every_output_is_a_finite_number(
    values: list[Any], later: list[Any]
) -> None:
    frame = pd.DataFrame({"n": np.array(values, dtype=float), "attributes": '{"c": "a"}'})
    plans = [ColumnPlan("n", "heavy_tail"), ColumnPlan("attributes.c", "category", min_count=1)]
    fitted = fit_preparation(frame, plans, np.ones(len(values), dtype=bool))

    prepared = fitted.apply({"n": later, "attributes": later, "new": later}, len(later))

    assert np.isfinite(prepared.dense()).all()
    if later:
        assert prepared.counts.of("unknown")["new"] == len(later)


def test_counts_say_what_was_odd() -> None:
    frame = pd.DataFrame({"n": [1.0, 2.0, np.nan], "c": ["a", "a", "b"], "gone": [1, 2, 3]})
    plans = [
        ColumnPlan("n", "plain"),
        ColumnPlan("c", "category", min_count=2),
        ColumnPlan("gone", "plain"),
    ]
    fitted = fit_preparation(frame, plans, np.ones(3, dtype=bool))
    assert fitted.names == ["n", "n:missing", "c=a", "c:other", "gone"]

    prepared = fitted.apply({"n": [np.inf, "3", None], "c": ["b", "z", b"a"], "more": [1, 2, 3]}, 3)

    assert prepared.counts.of("not_finite") == {"n": 1}
    assert prepared.counts.of("wrong_type") == {"n": 1, "c": 1}
    assert prepared.counts.of("missing") == {"n": 1}
    assert prepared.counts.of("unseen") == {"c": 2}
    assert prepared.counts.of("absent") == {"gone": 3}
    assert prepared.counts.of("unknown") == {"more": 3}
    assert prepared.dense()[:, 3].tolist() == [1, 1, 0]


def test_only_training_rows_are_learned_from() -> None:
    frame = pd.DataFrame({"n": [1.0, 3.0, 1e9], "c": ["a", "a", "z"]})
    plans = [ColumnPlan("n", "plain", "min_max"), ColumnPlan("c", "category", min_count=1)]

    fitted = fit_preparation(frame, plans, np.array([True, True, False]))

    assert fitted.names == ["n", "c=a"]
    assert fitted.apply({"n": [1, 2, 3, 1e9]}, 4).dense()[:, 0].tolist() == [0, 0.5, 1, 1]


def test_a_plan_follows_from_what_the_columns_hold() -> None:
    frame = pd.DataFrame(
        {
            "orders_28d": [0, 5, 90],
            "repeat_share": [0.0, 0.5, 1.0],
            "trend": [-1.0, 0.0, 2.0],
            "is_new": [True, False, None],
            "seen_at": pd.to_datetime(["2024-01-01"] * 3),
            "attributes": ['{"age": 3}', None, "{broken"],
        }
    )

    kinds = {plan.name: plan.kind for plan in plan_columns(frame)}

    assert kinds == {
        "orders_28d": "heavy_tail",
        "repeat_share": "bounded",
        "trend": "plain",
        "is_new": "category",
        "attributes.age": "category",
    }


def test_a_category_has_the_same_name_whatever_type_it_arrives_in() -> None:
    frame = pd.DataFrame({"c": [3, 3, 4]}).astype(object)
    fitted = fit_preparation(
        frame, [ColumnPlan("c", "category", min_count=1)], np.ones(3, dtype=bool)
    )

    rows = fitted.apply({"c": [3, 3.0, "3", np.int8(3), "4"]}, 5).dense()

    assert rows.tolist() == [[1, 0]] * 4 + [[0, 1]]


def test_fifths_are_cut_as_scikit_learn_does() -> None:
    from sklearn.preprocessing import KBinsDiscretizer

    values = np.random.default_rng(0).lognormal(size=101)
    fitted = fit_preparation(
        pd.DataFrame({"n": values}), [ColumnPlan("n", "fifths")], np.ones(101, dtype=bool)
    )

    binner = KBinsDiscretizer(5, encode="onehot-dense", quantile_method="linear", subsample=None)
    expected = binner.fit_transform(values[:, None])
    np.testing.assert_array_equal(fitted.apply({"n": values}, 101).dense(), expected)
    assert fitted.apply({"n": [None]}, 1).dense().sum() == 0


def test_a_kind_of_a_later_release_is_refused_by_name() -> None:
    with pytest.raises(AisleError, match="'hashed'"):
        Preparation.from_document({"columns": [{"kind": "hashed", "name": "x"}]})
