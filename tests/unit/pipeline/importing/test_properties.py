"""Whatever a file holds: every row is accounted for, and a second time brings nothing new."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.core.landing import landed_files
from aisle.core.settings import Settings
from aisle.pipeline.importing.import_shop import Imported, Request, import_shop
from aisle.pipeline.load_raw import load_raw

HEADER = ["order_id", "user_id", "item_id", "timestamp", "quantity", "note"]
GOOD = ["o", "u", "a", "2026-01-02", "1", "fine"]
VALUES = st.one_of(
    st.sampled_from(["", "o1", "u1", "a", "2026-01-02", "1767312000", "-3", "1e3"]),
    st.sampled_from(['"', "\n", ",", "é;"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5),
)  # fmt: skip
ROWS = st.lists(st.lists(VALUES, min_size=5, max_size=7), max_size=12)


@contextmanager
def workspace(rows: list[list[str]]) -> Iterator[tuple[Settings, Request]]:
    written = io.StringIO()
    csv.writer(written).writerows([HEADER, GOOD, *rows])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "events.csv"
        path.write_text(written.getvalue(), encoding="utf-8", newline="")
        yield Settings(home=Path(folder) / "home"), Request({"events": [str(path)]})


def imported(setting: Settings, request: Request) -> Imported:
    return import_shop(setting, request, lambda _step, _done: None)


@settings(max_examples=12, deadline=None)
@given(ROWS)
def test_every_row_lands_or_is_quarantined(rows: list[list[str]]) -> None:
    filled = [row for row in rows if len(row) != len(HEADER) or any(row)]
    with workspace(rows) as (setting, request):
        (count,) = imported(setting, request).counts
    assert count.rows == len(filled) + 1 == count.landed + count.quarantined


@settings(max_examples=6, deadline=None)
@given(ROWS)
def test_a_second_time_brings_nothing_new(rows: list[list[str]]) -> None:
    with workspace(rows) as (setting, request):
        first = imported(setting, request)
        batch = load_raw(setting)
        before = contents(setting)
        imported(setting, request)
        assert contents(setting) == before
        assert load_raw(setting).files == 0
    assert (batch.rows_loaded, batch.rows_duplicate) == (first.events, 0)
    assert batch.rows_refused == first.counts[0].quarantined


def contents(setting: Settings) -> dict[Path, bytes]:
    kinds: Any = ("events", "quarantine")
    return {
        path: path.read_bytes() for kind in kinds for path in landed_files(setting.landing, kind)
    }
