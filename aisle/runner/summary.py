"""What a training found, from the two files it leaves: the table of rivals and the decision."""

import json
import re
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from aisle.core.errors import AisleError

COLUMNS = {
    "next_ndcg_at_10": "next NDCG@10",
    "next_recall_at_10": "next recall@10",
    "discovery_ndcg_at_10": "discovery NDCG@10",
}
NEWCOMERS = "newcomers_ndcg_at_10"  # shown where they rank the rivals: a line has 100 characters


def rivals_table(training: Path) -> Table:
    """Return the rivals with 95% intervals over users, best first; the gate's winner is bold."""
    comparison = _read(training / "comparison.json")
    winner = _read(training / "decision.json")["winner"]
    champion = comparison.get("champion_recipe")
    table = Table(
        title=Text("Rivals [95% interval over users]"), title_justify="left", box=SIMPLE_HEAD
    )
    table.add_column("recipe", no_wrap=True)
    shown = _columns(comparison)
    for title in shown.values():
        table.add_column(title, no_wrap=True)
    table.add_column("fit", justify="right", no_wrap=True)
    for rival in comparison["rivals"]:
        estimates = [interval(rival["metrics"].get(metric)) for metric in shown]
        name = f"{rival['recipe']} *" if rival["recipe"] == champion else rival["recipe"]
        style = "bold" if rival["recipe"] == winner else None
        table.add_row(name, *estimates, f"{rival['cost']['fit_seconds']:.0f} s", style=style)
    table.caption = "* champion until now" if champion else None
    return table


def _columns(comparison: dict[str, Any]) -> dict[str, str]:
    """Return the metrics that some rival has, by name, with their titles."""
    wanted = {NEWCOMERS: "newcomers NDCG@10"} if comparison["primary"] == NEWCOMERS else COLUMNS
    rivals = comparison["rivals"]
    return {
        name: title
        for name, title in wanted.items()
        if any(name in rival["metrics"] for rival in rivals)
    }


def decision_sentence(training: Path) -> str:
    """Return what the gate decided, and why, in its own words."""
    return str(_read(training / "decision.json")["sentence"])


def interval(estimate: dict[str, float] | None) -> Text:
    """Return an estimate with its interval, such as `.381 [.374, .388]`."""
    if estimate is None:
        return Text("not measured")
    mean, low, high = (_short(estimate[key]) for key in ("mean", "low", "high"))
    return Text(f"{mean} [{low}, {high}]")


def _short(value: float) -> str:
    return re.sub(r"^(-?)0\.", r"\1.", f"{value:.3f}")


def _read(path: Path) -> Any:
    if not path.exists():
        raise AisleError(f"The training left no {path}: see its tasks `compare` and `gate`.")
    return json.loads(path.read_text(encoding="utf-8"))
