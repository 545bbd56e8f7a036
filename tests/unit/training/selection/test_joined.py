"""Views of any key are found and joined at the cutoff, or left out with the reason."""

from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from aisle.core.errors import AisleError
from tests.unit.training.selection.feature_stand_in import Store, View
from training.selection.joined import join_features

CUTOFF = datetime(2024, 3, 4)
ROWS = pd.DataFrame({"user_id": ["u1", "u1", "u2"], "item_id": ["i1", "i2", "i1"]})
CATEGORY = View(
    "item_attributes",
    ["item_id"],
    {
        "category": lambda row, _: {"i1": "dairy"}.get(row["item_id"]),
        "is_available": lambda row, _: True,
        "attributes": lambda row, _: '{"size": "L"}' if row["item_id"] == "i1" else None,
    },
)
AFFINITY = View(
    "user_category",
    ["user_id", "category"],
    {"share": lambda row, at: float(len(row["user_id"] + row["category"]))},
)


def joined(*views: View) -> tuple[Any, Store]:
    store = Store(*views)
    return join_features(store, ROWS, CUTOFF, lambda _: None), store  # type: ignore[arg-type]


def test_values_follow_their_keys_whatever_order_feast_answers_in() -> None:
    view = View(
        "user_item", ["user_id", "item_id"], {"n": lambda row, at: row["user_id"] + row["item_id"]}
    )

    found, store = joined(view)

    assert found.values["user_item__n"].tolist() == ["u1i1", "u1i2", "u2i1"]
    assert (store.asked[0][1]["event_timestamp"] == pd.Timestamp(CUTOFF)).all()


def test_a_key_that_is_a_feature_of_another_view_is_joined_through_it() -> None:
    found, _ = joined(AFFINITY, CATEGORY)

    assert found.values["user_category__share"].fillna(-1).tolist() == [7, -1, 7]
    by_reference = {feature.reference: feature.entity for feature in found.features}
    assert by_reference["user_category:share"] == "user_id, category"


def test_json_attributes_become_a_feature_for_each_key() -> None:
    found, _ = joined(CATEGORY)

    assert [feature.reference for feature in found.features] == [
        "item_attributes:category",
        "item_attributes:attributes.size",
    ]
    assert found.values["item_attributes__attributes.size"].tolist() == ["L", None, "L"]


def test_what_cannot_be_judged_is_left_out_with_the_reason() -> None:
    lists = View("lists", ["user_id"], {"x": lambda row, _: 1}, tags={"kind": "lists"})
    session = View("session", ["session_id"], {"x": lambda row, _: 1})
    vectors = View("vectors", ["item_id"], {"v": lambda row, _: [1]}, {"v": "Array(Float32)"})
    absent = View("absent", ["item_id"], {"x": lambda row, _: 1}, path="/no/such/file.parquet")

    found, store = joined(CATEGORY, lists, session, vectors, absent)

    assert found.left_out == {
        "item_attributes:is_available": "known of today only",
        "lists": "views of kind lists hold no features of taste",
        "session": "no feature gives its key session_id",
        "vectors:v": "an array is no single value",
        "absent": "nothing is published for it (file.parquet)",
    }
    assert {name for name, _ in store.asked} == {"item_attributes"}


def test_a_store_without_any_view_names_the_command() -> None:
    with pytest.raises(AisleError, match="aisle apply-features"):
        joined()
