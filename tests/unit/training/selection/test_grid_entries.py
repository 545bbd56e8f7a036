"""What the grid can compute becomes an entry it would accept, and nothing it has already."""

from pathlib import Path

import pytest
import yaml

from aisle.core.columns import ITEM_ID, USER_ID
from training.selection.grid_entries import Wish, as_yaml, grid_entries, is_computable

GRID = """
windows_days: [28, 91]
marts:
  user_features:
    measures:
      - {name: orders, event: Order Completed, aggregate: count}
      - {name: spend, event: Order Completed, aggregate: sum, of: value, windows_days: [28]}
    derived:
      - {name: mean_quantity_per_orders_91d, expression: x, description: y}
"""


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    path = tmp_path / "features.yml"
    path.write_text(GRID)
    return path


def test_windows_of_one_measure_are_one_entry_and_known_ones_are_left_out(grid: Path) -> None:
    wishes = [
        Wish(USER_ID, "SUM(orders.quantity)", 91),
        Wish(USER_ID, "SUM(lines.quantity)", 28),
        Wish(USER_ID, "SUM(orders.revenue)", 28),
        Wish(USER_ID, "COUNT(orders)", 91),
    ]

    assert grid_entries(wishes, grid) == {
        "user_features": {
            "measures": [
                {
                    "name": "quantity",
                    "event": "Order Completed",
                    "aggregate": "sum",
                    "of": "quantity",
                    "means": "Pieces bought",
                    "windows_days": [28, 91],
                }
            ]
        }
    }


def test_a_mean_needs_both_its_parts(grid: Path) -> None:
    entries = grid_entries([Wish(USER_ID, "MEAN(orders.revenue)", 91)], grid)

    (measure,) = entries["user_features"]["measures"]
    assert (measure["name"], measure["windows_days"]) == ("spend", [91])
    (derived,) = entries["user_features"]["derived"]
    assert derived["expression"] == "cast(spend_91d as double precision) / nullif(orders_91d, 0)"
    known = grid_entries([Wish(USER_ID, "MEAN(orders.quantity)", 91)], grid)
    assert "derived" not in known["user_features"]


def test_what_no_grid_can_compute_is_no_entry(grid: Path) -> None:
    assert grid_entries([Wish(ITEM_ID, "MEAN(lines.orders.item_count)", 28)], grid) == {}
    assert not is_computable(ITEM_ID, "MEAN(lines.orders.item_count)")
    assert is_computable(ITEM_ID, "NUM_UNIQUE(lines.orders.user_id)")


def test_the_text_is_yaml_with_an_entry_a_line(grid: Path) -> None:
    entries = grid_entries([Wish(ITEM_ID, "SUM(lines.value)", 28)], grid)

    text = as_yaml(entries)

    assert yaml.safe_load(text) == entries
    assert [line.strip()[0] for line in text.splitlines()[2:]] == ["-"]
