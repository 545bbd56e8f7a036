from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aisle.core.published_features import EARLIEST, FeatureTable
from aisle.serving.neighbours import ItemVectors, item_vectors

OLD, NEW, LATER = datetime(2018, 1, 1), datetime(2018, 1, 2), datetime(2018, 1, 3)


def unit(degrees: float) -> list[float]:
    return [float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))]


@pytest.fixture
def vectors(tmp_path: Path) -> ItemVectors:
    rows = [
        ("tea", OLD, unit(170)),
        ("tea", NEW, unit(0)),
        ("mint", NEW, unit(10)),
        ("cup", NEW, unit(40)),
        ("nail", NEW, unit(90)),
        ("nail", LATER, unit(5)),
        ("blank", NEW, None),
    ]
    frame = pd.DataFrame(rows, columns=["item_id", "known_at", "vector"])
    path = tmp_path / "vectors.parquet"
    frame.to_parquet(path, coerce_timestamps="us")
    found = item_vectors(FeatureTable(path, ("item_id",), "known_at", ("vector",), EARLIEST), NEW)
    assert found is not None
    return found


def test_the_nearest_come_first_by_the_vectors_known_now(vectors: ItemVectors) -> None:
    near = vectors.near_item("tea", 3)
    assert [item for item, _ in near] == ["mint", "cup", "nail"]
    assert near[0][1] == pytest.approx(np.cos(np.radians(10)), abs=1e-6)


def test_what_is_left_out_makes_room_for_the_next(vectors: ItemVectors) -> None:
    near = vectors.near_item("tea", 1, without={"mint", "cup"})
    assert [item for item, _ in near] == ["nail"]


def test_more_than_there_are_gives_all(vectors: ItemVectors) -> None:
    assert len(vectors.near_item("tea", 50)) == 3


@pytest.mark.parametrize("item", ["unknown", "blank"])
def test_an_item_without_a_vector_has_no_neighbours(vectors: ItemVectors, item: str) -> None:
    assert vectors.near_item(item, 3) == []
