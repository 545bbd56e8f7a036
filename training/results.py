"""What one rival's fit leaves on disk, and what the later steps read of it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from aisle.core.files import new_folder, write_json
from training.bootstrap import Interval
from training.cost import Cost
from training.folder import TrainingFolder, read_json

if TYPE_CHECKING:
    from training.evaluate import Evaluation

CHOSEN = "chosen"


@dataclass(frozen=True)
class RivalResult:
    """How one recipe did on the test windows of one snapshot. Times are naive UTC."""

    recipe: str
    family: str
    params: Mapping[str, Any]  # resolved: what validation decided stands under "chosen"
    metrics: Mapping[str, Interval]
    cost: Cost
    snapshot_id: str
    code_revision: str
    started_at: datetime
    ended_at: datetime


def stated_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recipe's parameters as params.yaml states them: without validation's choices."""
    return {name: value for name, value in params.items() if name != CHOSEN}


def canonical(value: Any) -> Any:
    """Return `value` as JSON keeps it, so that recipes from YAML and from tags compare equal."""
    return json.loads(json.dumps(value, sort_keys=True, default=_plain))


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):  # a numpy scalar
        return value.item()
    if hasattr(value, "keys"):  # a read-only mapping
        return dict(value)
    raise TypeError(f"A recipe may hold plain values only, not {value!r} ({type(value).__name__}).")


def write_result(folder: TrainingFolder, result: RivalResult, evaluation: "Evaluation") -> Path:
    """Write one rival's folder in one rename and return it."""
    target = folder.rival(result.recipe)
    with new_folder(target) as private:
        content = asdict(result) | {"params": canonical(result.params)}
        recipe = {name: content.pop(name) for name in ("family", "params")}
        write_json(private / "recipe.json", {"name": result.recipe, **recipe})
        write_json(private / "metrics.json", content)
        write_json(private / "curves.json", [asdict(point) for point in evaluation.curves])
        write_json(private / "examples.json", evaluation.examples)
        evaluation.per_user.to_parquet(private / "per_user.parquet", index=False)
    return target


def read_result(folder: TrainingFolder, recipe: str) -> RivalResult:
    """Return what `aisle train fit` found for one recipe."""
    command = f"aisle train fit --run {folder.training_id} --recipe {recipe}"
    place = folder.rival(recipe)
    made = read_json(place / "recipe.json", made_by=command)
    content = read_json(place / "metrics.json", made_by=command)
    metrics = {name: Interval(**bounds) for name, bounds in content.pop("metrics").items()}
    for name in ("started_at", "ended_at"):
        content[name] = datetime.fromisoformat(content[name])
    cost = Cost(**content.pop("cost"))
    return RivalResult(
        cost=cost, family=made["family"], params=made["params"], metrics=metrics, **content
    )


def has_result(folder: TrainingFolder, recipe: str, snapshot_id: str) -> bool:
    """Tell whether a recipe was already judged on this snapshot."""
    if not (folder.rival(recipe) / "metrics.json").is_file():
        return False
    return read_result(folder, recipe).snapshot_id == snapshot_id


def read_per_user(folder: TrainingFolder, recipe: str) -> pd.DataFrame:
    """Return one rival's metrics per window, task and user."""
    return pd.read_parquet(folder.rival(recipe) / "per_user.parquet")


def read_curves(folder: TrainingFolder, recipe: str) -> list[tuple[str, int, float]]:
    """Return one rival's curves as name, step, value."""
    points = read_json(folder.rival(recipe) / "curves.json", made_by="aisle train fit")
    return [(point["name"], point["step"], point["value"]) for point in points]


def read_examples(folder: TrainingFolder, recipe: str) -> list[dict[str, Any]]:
    """Return the lists of some users of the last window; none where an older fit kept none."""
    path = folder.rival(recipe) / "examples.json"
    if not path.is_file():
        return []
    found: list[dict[str, Any]] = read_json(path, made_by="aisle train fit")
    return found


def flat_metrics(metrics: Mapping[str, Interval]) -> dict[str, float]:
    """Return each mean under its name and its bounds under `_low` and `_high`."""
    found: dict[str, float] = {}
    for name, value in metrics.items():
        found |= {name: value.mean, f"{name}_low": value.low, f"{name}_high": value.high}
    return found
