"""A snapshot's vectors of items: what was published, and of it what was known at a cutoff."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.item_vectors import ItemVectors, keep_vectors, vectors_file, vectors_key

EARLY, LATE = datetime(2024, 1, 1), datetime(2024, 2, 1)
ITEMS = np.array(["a", "b", "c"], dtype=object)


def published(path: Path, rows: list[tuple[str, datetime, list[float], str]]) -> Path:
    columns = list(zip(*rows, strict=True))
    pq.write_table(
        pa.table(
            {
                "item_id": pa.array(columns[0], pa.string()),
                "known_at": pa.array(columns[1], pa.timestamp("us")),
                "vector": pa.array(columns[2], pa.list_(pa.float32())),
                "content": pa.array(columns[3], pa.string()),
            }
        ),
        path,
    )
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Item a has two texts, c none yet in January, and `gone` is no item of the snapshot."""
    path = published(
        tmp_path / "published.parquet",
        [
            ("a", EARLY, [1, 0], "x"),
            ("a", LATE, [0, 1], "y"),
            ("gone", EARLY, [9, 9], "z"),
            ("b", EARLY, [0.5, 0.5], "x"),
            ("c", LATE, [1, 1], "v"),
        ],
    )
    keep_vectors(path, tmp_path, "text")
    return tmp_path


@pytest.mark.parametrize(
    ("cutoff", "expected"),
    [
        (datetime(2024, 1, 15), [[1, 0], [0.5, 0.5], [0, 0]]),
        (LATE, [[1, 0], [0.5, 0.5], [0, 0]]),
        (datetime(2024, 2, 15), [[0, 1], [0.5, 0.5], [1, 1]]),
    ],
)
def test_a_vector_is_the_newest_that_was_known_before_the_cutoff(
    folder: Path, cutoff: datetime, expected: list[list[float]]
) -> None:
    vectors = ItemVectors(folder, cutoff, ITEMS)["text"]

    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, expected)


def test_only_kinds_that_are_there_are_named(folder: Path) -> None:
    vectors = ItemVectors(folder, LATE, ITEMS)

    assert (list(vectors), len(vectors), "image" in vectors) == (["text"], 1, False)


def test_a_snapshot_without_vectors_has_none(tmp_path: Path) -> None:
    assert dict(ItemVectors(tmp_path, LATE, ITEMS)) == {}


def test_the_key_changes_with_what_was_encoded_or_known_and_not_with_digits(
    folder: Path, tmp_path: Path
) -> None:
    key = vectors_key(vectors_file(folder, "text"))
    frame = pd.read_parquet(vectors_file(folder, "text"))
    rows = list(frame[["item_id", "known_at", "vector", "content"]].itertuples(index=False))
    nudged = [(item, at, [v + 1e-7 for v in vector], text) for item, at, vector, text in rows]
    reworded = [(item, at, vector, text + "!") for item, at, vector, text in rows]

    assert vectors_key(published(tmp_path / "nudged.parquet", nudged[::-1])) == key
    assert vectors_key(published(tmp_path / "reworded.parquet", reworded)) != key


def test_which_kinds_there_are_is_known_without_reading_them(tmp_path: Path) -> None:
    vectors_file(tmp_path, "text").write_bytes(b"not to be read")
    vectors = ItemVectors(tmp_path, LATE, ITEMS)

    assert "text" in vectors
    assert "image" not in vectors
    assert "no-such-kind" not in vectors
