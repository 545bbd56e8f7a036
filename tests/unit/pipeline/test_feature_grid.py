from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from aisle.pipeline.feature_grid import (
    CONTRACT,
    DBT_PROJECT,
    DEFINITION,
    GRID,
    columns,
    contract,
    definition,
    expand,
    read_grid,
)

SMALL = """
windows_days: [7]
half_lives_days: [28]
filters: {{is_first_line: is_first_line}}
marts:
  user_features:
    entity: user_id
    entity_name: user
    active_days: 364
    measures:
      - {measure}
    trends: {trends}
"""
ORDERS = "{name: orders, event: Order Completed, aggregate: count, ever: true, means: Orders}"


def grid(folder: Path, measure: str = ORDERS, trends: str = "[]") -> Path:
    path = folder / "features.yml"
    path.write_text(SMALL.format(measure=measure, trends=trends))
    return path


def test_what_dbt_and_feast_read_is_what_the_grid_expands_to() -> None:
    declared = read_grid()
    assert (DBT_PROJECT / CONTRACT).read_text() == contract(declared), "run aisle expand-features"
    assert (DBT_PROJECT / DEFINITION).read_text() == definition(declared), "aisle expand-features"


def test_a_measure_becomes_a_column_per_window_and_half_life(tmp_path: Path) -> None:
    mart = read_grid(grid(tmp_path)).marts["user_features"]
    assert [(each["name"], each["data_type"]) for each in columns(mart)] == [
        ("orders_7d", "bigint"),
        ("orders_ever", "bigint"),
        ("orders_hl28d", "double precision"),
    ]
    described = {each["name"]: each["description"] for each in columns(mart)}
    assert described["orders_7d"] == "Orders of the last 7 days."
    assert described["orders_hl28d"] == "Orders ever, whose weight halves every 28 days."


def test_expanding_writes_both_files(tmp_path: Path) -> None:
    grid(tmp_path)
    written = expand(tmp_path)
    assert written == [tmp_path / CONTRACT, tmp_path / DEFINITION]
    assert all(path.is_file() for path in written)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("{name: a, event: e, aggregate: sum, means: A}", "needs `of`"),
        ("{name: a, event: e, aggregate: count_distinct, of: x, means: A}", "count_distinct is of"),
        ("{name: a, event: e, aggregate: count}", "needs `means`"),
        ("{name: a, event: e, aggregate: count, means: A, windows_days: [30]}", "whole weeks"),
        ("{name: a, event: e, aggregate: count, means: A, windows_days: [0]}", "whole weeks"),
        ("{name: a, event: e, aggregate: count, means: A, half_lives_days: [1]}", "at least 7"),
        ("{name: a, event: e, aggregate: count, means: A, filter: new}", "no filter 'new'"),
        ("{name: a, event: e, aggregate: count, means: A, window: [7]}", "Extra inputs"),
        ("{name: A b, event: e, aggregate: count, means: A}", "pattern"),
        ("{name: a, event: e, aggregate: max, of: occurred_at, means: A}", "is_hidden"),
    ],
)
def test_what_cannot_be_expanded_is_refused_with_the_reason(
    tmp_path: Path, measure: str, said: str
) -> None:
    with pytest.raises(AisleError, match=said) as refused:
        read_grid(grid(tmp_path, measure))
    assert "features.yml" in str(refused.value)


def test_a_trend_needs_its_two_windows(tmp_path: Path) -> None:
    path = grid(tmp_path, trends="[{of: orders, short_days: 7, long_days: 28}]")
    with pytest.raises(AisleError, match="orders_28d"):
        read_grid(path)


def test_no_two_columns_have_the_same_name(tmp_path: Path) -> None:
    path = grid(tmp_path)
    path.write_text(path.read_text().replace("    trends", f"      - {ORDERS}\n    trends"))
    with pytest.raises(AisleError, match="same name"):
        read_grid(path)


def test_a_file_that_is_no_grid_is_refused(tmp_path: Path) -> None:
    path = tmp_path / GRID.name
    for text in ("", "[]", "marts: {}", "a: b: c"):
        path.write_text(text)
        with pytest.raises(AisleError, match="cannot be expanded"):
            read_grid(path)
