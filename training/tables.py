"""The comparison and the gate's checks as tables: Markdown, and columns and rows for MLflow."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from training.bootstrap import Interval
from training.compare import Comparison, Rival
from training.gate_checks import Check
from training.wording import signed, title, with_bounds

SHOWN = ("next_ndcg_at_10", "next_recall_at_20", "discovery_ndcg_at_10", "newcomers_ndcg_at_10")
MIB = 2**20


def markdown_table(comparison: Comparison) -> str:
    """Return the comparison as a Markdown table, for descriptions and the terminal."""
    shown = [name for name in SHOWN if any(name in rival.metrics for rival in comparison.rivals)]
    against = f"{title(comparison.primary)} against {comparison.reference}"
    costs = ["fit s", "score s", "peak MiB", "model MiB"]
    head = ["rank", "recipe", *map(title, shown), against, *costs]
    lines = [_row(head), _row(["---"] * len(head))]
    for position, rival in enumerate(comparison.rivals, start=1):
        mark = " (champion's recipe)" if rival.recipe == comparison.champion_recipe else ""
        cells = [_value(rival, name) for name in shown]
        cells += [_difference(comparison, rival), *_costs(rival)]
        lines.append(_row([str(position), rival.recipe + mark, *cells]))
    return "\n".join(lines)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows of cells as a Markdown table."""
    return "\n".join(_row(cells) for cells in [head, ["---"] * len(head), *rows])


def _value(rival: Rival, metric: str) -> str:
    return with_bounds(rival.metrics[metric]) if metric in rival.metrics else "-"


def _difference(comparison: Comparison, rival: Rival) -> str:
    if rival.recipe == comparison.reference or comparison.primary not in rival.differences:
        return "-"
    return signed(rival.differences[comparison.primary])


def _costs(rival: Rival) -> list[str]:
    cost = rival.cost
    memory, disk = cost.peak_memory_bytes / MIB, cost.artifact_bytes / MIB
    return [f"{cost.fit_seconds:.1f}", f"{cost.score_seconds:.1f}", f"{memory:.0f}", f"{disk:.1f}"]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def checks_table(checks: Sequence[Check]) -> str:
    """Return the gate's checks as a Markdown table."""
    head = ["check", "difference", "needed", "users", "outcome"]
    lines = [_row(head), _row(["---"] * len(head))]
    for check in checks:
        shown = signed(check.difference) if check.difference else "-"
        cells = [title(check.measure), shown, check.needed, str(check.users), check.outcome]
        lines.append(_row(cells))
    return "\n".join(lines)


def comparison_rows(comparison: Comparison) -> str:
    """Return the comparison as JSON columns and rows, the form MLflow shows as a table.

    A metric may have a value for some rivals only; the cells of the others are empty.
    """
    rivals = comparison.rivals
    names = _union(rival.metrics for rival in rivals)
    measures = _union(rival.differences for rival in rivals)
    costs = list(vars(rivals[0].cost))
    columns = ["rank", "recipe", "family", *costs]
    columns += [f"{name}_difference{end}" for name in measures for end in ("", "_low", "_high")]
    columns += [name + end for name in names for end in ("", "_low", "_high")]
    rows: list[list[Any]] = []
    for position, rival in enumerate(rivals, start=1):
        intervals = [rival.differences.get(name) for name in measures]
        intervals += [rival.metrics.get(name) for name in names]
        bounds = [part for value in intervals for part in _bounds(value)]
        paid = [getattr(rival.cost, name) for name in costs]
        rows.append([position, rival.recipe, rival.family, *paid, *bounds])
    return json.dumps({"columns": columns, "data": rows})


def _union(parts: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in parts for name in names))


def _bounds(value: Interval | None) -> tuple[float | None, float | None, float | None]:
    return (value.mean, value.low, value.high) if value else (None, None, None)


def checks_rows(checks: Sequence[Check]) -> str:
    """Return the gate's checks as JSON columns and rows."""
    columns = ["check", "difference", "low", "high", "needed", "users", "outcome"]
    rows = []
    for check in checks:
        bounds = _bounds(check.difference)
        rows.append([check.measure, *bounds, check.needed, check.users, check.outcome])
    return json.dumps({"columns": columns, "data": rows})
