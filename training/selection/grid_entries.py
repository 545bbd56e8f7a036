"""Synthesized features that the declared grid, dbt_project/features.yml, can compute: entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from aisle.core.columns import ITEM_ID, USER_ID
from aisle.core.item_events import ORDERS
from aisle.core.settings import REPOSITORY

GRID = REPOSITORY / "dbt_project" / "features.yml"
MARTS = {USER_ID: "user_features", ITEM_ID: "item_features"}
WINDOWS = "windows_days"


@dataclass(frozen=True)
class Measure:
    """What the grid counts; the name is a proposal."""

    name: str
    aggregate: str
    of: str | None = None
    filter: str | None = None
    means: str = ""

    @property
    def entry(self) -> dict[str, Any]:
        """The measure as features.yml states it, without windows."""
        stated = {
            "name": self.name,
            "event": ORDERS,
            "filter": self.filter,
            "aggregate": self.aggregate,
            "of": self.of,
            "means": self.means,
        }
        return {key: value for key, value in stated.items() if value is not None}


ORDER_COUNT = Measure("orders", "count", filter="is_first_line", means="Orders")
LINES = Measure("order_lines", "count", means="Different items of each order, added up,")
SPEND = Measure("spend", "sum", "value", means="Value bought, in the shop's currency,")
PIECES = Measure("quantity", "sum", "quantity", means="Pieces bought")
ITEMS = Measure("items", "count_distinct", "item_id", means="Different items bought")
SALES = Measure("orders", "count", means="Orders with the item")
SOLD = Measure("value", "sum", "value", means="Value sold, in the shop's currency,")
SOLD_PIECES = Measure("quantity", "sum", "quantity", means="Pieces sold")
BUYERS = Measure("users", "count_distinct", "user_id", means="Different buyers")

COMPUTABLE: dict[tuple[str, str], Measure] = {
    (USER_ID, "COUNT(orders)"): ORDER_COUNT,
    (USER_ID, "COUNT(lines)"): LINES,
    (USER_ID, "SUM(orders.item_count)"): LINES,
    (USER_ID, "SUM(orders.COUNT(lines))"): LINES,
    (USER_ID, "SUM(orders.revenue)"): SPEND,
    (USER_ID, "SUM(lines.value)"): SPEND,
    (USER_ID, "SUM(orders.quantity)"): PIECES,
    (USER_ID, "SUM(lines.quantity)"): PIECES,
    (USER_ID, "NUM_UNIQUE(lines.item_id)"): ITEMS,
    (ITEM_ID, "COUNT(lines)"): SALES,
    (ITEM_ID, "NUM_UNIQUE(lines.order_id)"): SALES,
    (ITEM_ID, "SUM(lines.value)"): SOLD,
    (ITEM_ID, "SUM(lines.quantity)"): SOLD_PIECES,
    (ITEM_ID, "NUM_UNIQUE(lines.orders.user_id)"): BUYERS,
}
# A mean is one column of the grid over another.
RATIOS: dict[tuple[str, str], tuple[Measure, Measure]] = {
    (USER_ID, "MEAN(orders.revenue)"): (SPEND, ORDER_COUNT),
    (USER_ID, "MEAN(orders.quantity)"): (PIECES, ORDER_COUNT),
    (USER_ID, "MEAN(orders.item_count)"): (LINES, ORDER_COUNT),
    (USER_ID, "MEAN(orders.COUNT(lines))"): (LINES, ORDER_COUNT),
    (USER_ID, "MEAN(lines.value)"): (SPEND, LINES),
    (USER_ID, "MEAN(lines.quantity)"): (PIECES, LINES),
    (ITEM_ID, "MEAN(lines.value)"): (SOLD, SALES),
    (ITEM_ID, "MEAN(lines.quantity)"): (SOLD_PIECES, SALES),
}


@dataclass(frozen=True)
class Wish:
    """A wanted feature: its key, Featuretools' name without the window, and the window's days."""

    key: str
    name: str
    days: int


def grid_entries(wishes: Sequence[Wish], grid: Path = GRID) -> dict[str, dict[str, list[Any]]]:
    """Return by mart what to add to features.yml: `measures` and `derived`, none it has already."""
    found: dict[str, dict[str, list[Any]]] = {}
    for key, mart in MARTS.items():
        known = _known(grid, mart)
        wanted = [wish for wish in wishes if wish.key == key]
        measures = [
            (COMPUTABLE[key, w.name], w.days) for w in wanted if (key, w.name) in COMPUTABLE
        ]
        ratios = [(*RATIOS[key, w.name], w.days) for w in wanted if (key, w.name) in RATIOS]
        measures += [(part, days) for *parts, days in ratios for part in parts]
        entries = {
            "measures": _measures(measures, known),
            "derived": [ratio for ratio in map(_ratio, ratios) if ratio["name"] not in known],
        }
        if any(entries.values()):
            found[mart] = {name: listed for name, listed in entries.items() if listed}
    return found


def is_computable(key: str, name: str) -> bool:
    """Return whether the grid can compute a feature that Featuretools calls by this name."""
    return (key, name) in COMPUTABLE or (key, name) in RATIOS


def as_yaml(entries: dict[str, dict[str, list[Any]]]) -> str:
    """Return entries as the text to paste below `marts:`; each one on its line."""
    lines = []
    for mart, kinds in entries.items():
        lines.append(f"  {mart}:")
        for kind, listed in kinds.items():
            lines.append(f"    {kind}:")
            for entry in listed:
                text = yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, width=1000)
                lines.append(f"      - {text.strip()}")
    return "\n".join(lines) + "\n"


def _measures(wanted: list[tuple[Measure, int]], known: set[str]) -> list[dict[str, Any]]:
    """Return an entry per measure with the windows that the grid lacks."""
    days_of: dict[Measure, set[int]] = {}
    for measure, days in wanted:
        if f"{measure.name}_{days}d" not in known:
            days_of.setdefault(measure, set()).add(days)
    return [{**measure.entry, WINDOWS: sorted(days)} for measure, days in days_of.items()]


def _ratio(parts: tuple[Measure, Measure, int]) -> dict[str, Any]:
    top, bottom, days = parts
    above, below = f"{top.name}_{days}d", f"{bottom.name}_{days}d"
    return {
        "name": f"mean_{top.name}_per_{bottom.name}_{days}d",
        "expression": f"cast({above} as double precision) / nullif({below}, 0)",
        "description": f"{above} over {below}; null without any.",
    }


def _known(grid: Path, mart: str) -> set[str]:
    """Return the names of the columns that features.yml makes for a mart; none without the file."""
    if not grid.is_file():
        return set()
    declared = yaml.safe_load(grid.read_text(encoding="utf-8"))
    described = declared.get("marts", {}).get(mart, {})
    names = {entry["name"] for entry in described.get("derived", [])}
    for measure in described.get("measures", []):
        days = measure.get(WINDOWS, declared.get(WINDOWS, []))
        names |= {f"{measure['name']}_{n}d" for n in days}
    return names
