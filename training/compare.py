"""Put the rivals of one training side by side, best first, and show it where people look."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aisle.core.errors import AisleError
from aisle.core.files import write_json
from training.bootstrap import Interval
from training.cost import Cost
from training.dataset import read_snapshot
from training.folder import TrainingFolder, read_json
from training.results import RivalResult, read_result
from training.rivals import Rivals, read_rivals
from training.split import Windows

PRIMARY = "next_ndcg_at_10"
SHOWN = ("next_ndcg_at_10", "next_recall_at_20", "discovery_ndcg_at_10", "discovery_recall_at_20")


@dataclass(frozen=True)
class Rival:
    """One row of the comparison."""

    recipe: str
    family: str
    metrics: Mapping[str, Interval]
    cost: Cost


@dataclass(frozen=True)
class Comparison:
    """All rivals on one snapshot, best first on the primary metric."""

    snapshot_id: str
    windows: Mapping[str, str]
    rivals: list[Rival]
    best: str
    champion_recipe: str | None  # the rival that stands for the champion
    champion_version: str | None
    parent_run_id: str

    def rival(self, recipe: str) -> Rival:
        """Return the row of one recipe."""
        return next(rival for rival in self.rivals if rival.recipe == recipe)


def compare(folder: TrainingFolder, parent_run_id: str) -> Comparison:
    """Return and keep the comparison of all rivals of a training; each must have been fitted."""
    rivals = read_rivals(folder)
    snapshot = read_snapshot(folder.snapshot)
    results = [read_result(folder, recipe.name) for recipe in rivals.recipes]
    for result in results:
        _refuse_other_snapshot(result, snapshot.snapshot_id)
    ranked = rank(results, rivals.champion_as)
    comparison = Comparison(
        snapshot_id=snapshot.snapshot_id,
        windows=_moments(snapshot.windows),
        rivals=ranked,
        best=ranked[0].recipe,
        champion_recipe=rivals.champion_as,
        champion_version=_version(rivals),
        parent_run_id=parent_run_id,
    )
    write_json(folder.comparison, asdict(comparison))
    return comparison


def rank(results: list[RivalResult], champion: str | None) -> list[Rival]:
    """Return the rivals by the primary metric; of equals the champion's recipe stands first."""
    if not results:
        raise AisleError("No rivals to compare: list at least one recipe in params.yaml.")
    rows = [Rival(item.recipe, item.family, item.metrics, item.cost) for item in results]
    return sorted(rows, key=lambda row: (-row.metrics[PRIMARY].mean, row.recipe != champion))


def read_comparison(folder: TrainingFolder) -> Comparison:
    """Return the comparison that `aisle train compare` made."""
    content = read_json(
        folder.comparison, made_by=f"aisle train compare --run {folder.training_id}"
    )
    rivals = [_rival(row) for row in content.pop("rivals")]
    return Comparison(rivals=rivals, **content)


def _rival(row: dict[str, Any]) -> Rival:
    metrics = {name: Interval(**bounds) for name, bounds in row.pop("metrics").items()}
    cost = Cost(**row.pop("cost"))
    return Rival(metrics=metrics, cost=cost, **row)


def _refuse_other_snapshot(result: RivalResult, snapshot_id: str) -> None:
    if result.snapshot_id != snapshot_id:
        raise AisleError(
            f"{result.recipe} was judged on snapshot {result.snapshot_id}, this training is about "
            f"{snapshot_id}: run `aisle train fit --recipe {result.recipe}` again."
        )


def _moments(windows: Windows) -> dict[str, str]:
    return {name: moment.isoformat() for name, moment in windows.cutoffs.items()}


def _version(rivals: Rivals) -> str | None:
    return rivals.champion.version if rivals.champion else None


def short(value: float) -> str:
    """Return a share with three decimals as tables show it: .378."""
    return f"{value:.3f}".replace("0.", ".", 1)


def with_bounds(interval: Interval) -> str:
    """Return a metric as tables show it: .378 [.370, .386]."""
    return f"{short(interval.mean)} [{short(interval.low)}, {short(interval.high)}]"


def markdown_table(comparison: Comparison) -> str:
    """Return the comparison as a Markdown table, for the description of an MLflow run."""
    titles = [name.replace("_at_", "@").replace("_", " ").replace("ndcg", "NDCG") for name in SHOWN]
    head = ["rank", "recipe", "family", *titles, "fit s"]
    lines = [_row(head), _row(["---"] * len(head))]
    for position, rival in enumerate(comparison.rivals, start=1):
        mark = " (champion's recipe)" if rival.recipe == comparison.champion_recipe else ""
        cells = [_cell(rival, name) for name in SHOWN]
        seconds = f"{rival.cost.fit_seconds:.1f}"
        lines.append(_row([str(position), rival.recipe + mark, rival.family, *cells, seconds]))
    return "\n".join(lines)


def _cell(rival: Rival, metric: str) -> str:
    return with_bounds(rival.metrics[metric]) if metric in rival.metrics else "-"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def columns_and_rows(comparison: Comparison) -> str:
    """Return the comparison as JSON columns and rows, the form MLflow shows as a table."""
    names = list(comparison.rivals[0].metrics)
    columns = ["rank", "recipe", "family"]
    columns += [name + end for name in names for end in ("", "_low", "_high")]
    rows = []
    for position, rival in enumerate(comparison.rivals, start=1):
        values = [rival.metrics[name] for name in names]
        bounds = [part for value in values for part in (value.mean, value.low, value.high)]
        rows.append([position, rival.recipe, rival.family, *bounds])
    return json.dumps({"columns": columns, "data": rows})
