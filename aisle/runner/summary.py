"""What a training found, from the two files it leaves: the table of rivals and the decision."""

import json
import re
from pathlib import Path
from typing import Any

from rich.table import Table

from aisle.core.errors import AisleError

COLUMNS = {
    "next_ndcg_at_10": "next NDCG@10",
    "next_recall_at_10": "next recall@10",
    "discovery_ndcg_at_10": "discovery NDCG@10",
}


def rivals_table(training: Path) -> Table:
    """Return the rivals with 95% intervals, best first; the champion's recipe is marked."""
    comparison = _read(training / "comparison.json")
    table = Table(title="Rivals, with 95% intervals over users", title_justify="left")
    table.add_column("recipe")
    table.add_column("family")
    for title in COLUMNS.values():
        table.add_column(title)
    table.add_column("fit", justify="right")
    for rival in sorted(comparison["rivals"], key=_primary_metric, reverse=True):
        table.add_row(
            _marked_name(rival["recipe"], comparison),
            rival["family"],
            *[interval(rival["metrics"].get(metric)) for metric in COLUMNS],
            f"{rival['fit_seconds']:.0f} s",
        )
    return table


def decision_sentence(training: Path) -> str:
    """Return what the gate decided, and why, in its own words."""
    return str(_read(training / "decision.json")["sentence"])


def interval(estimate: dict[str, float] | None) -> str:
    """Return an estimate with its interval, such as `.381 (.374 to .388)`."""
    if estimate is None:
        return "not measured"
    mean, low, high = (_short(estimate[key]) for key in ("mean", "low", "high"))
    return f"{mean} ({low} to {high})"


def _short(value: float) -> str:
    return re.sub(r"^(-?)0\.", r"\1.", f"{value:.3f}")


def _primary_metric(rival: dict[str, Any]) -> float:
    return float(rival["metrics"]["next_ndcg_at_10"]["mean"])


def _marked_name(recipe: str, comparison: dict[str, Any]) -> str:
    marks = []
    if recipe == comparison["best"]:
        marks.append("best")
    if recipe == comparison.get("champion_recipe"):
        marks.append("champion before")
    return f"{recipe} ({', '.join(marks)})" if marks else recipe


def _read(path: Path) -> Any:
    if not path.exists():
        raise AisleError(f"The training left no {path}: see its tasks `compare` and `gate`.")
    return json.loads(path.read_text(encoding="utf-8"))
