"""Put the rivals of one training side by side, best first: values, differences, costs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from aisle.core.errors import AisleError
from aisle.core.files import write_json
from training.bootstrap import Interval
from training.cost import Cost
from training.dataset import Snapshot, read_snapshot
from training.differences import Differences, differences, values
from training.folder import TrainingFolder, read_json
from training.gate_rules import GateRules, load_rules
from training.results import CHOSEN, RivalResult, read_per_user, read_result
from training.rivals import Rivals, read_rivals


@dataclass(frozen=True)
class Rival:
    """One row of the comparison."""

    recipe: str
    family: str
    metrics: Mapping[str, Interval]
    cost: Cost
    differences: Mapping[str, Interval] = field(default_factory=dict)  # to the reference


@dataclass(frozen=True)
class Comparison:
    """All rivals on one snapshot, best first on the primary metric. Moments are ISO texts."""

    snapshot_id: str
    windows: Mapping[str, str]
    data_until: str  # the last interaction
    rivals: list[Rival]
    best: str
    primary: str  # the metric that ranks
    reference: str  # differences are to this rival: the champion's recipe, else the best
    users: Mapping[str, int]  # judged on each measure of the gate
    champion_recipe: str | None  # the rival that stands for the champion
    champion_version: str | None
    champion_data_until: str | None
    notes: list[str]  # what a reader of the numbers has to know about this shop
    parent_run_id: str

    def rival(self, recipe: str) -> Rival:
        """Return the row of one recipe."""
        return next(rival for rival in self.rivals if rival.recipe == recipe)


def compare(folder: TrainingFolder, parent_run_id: str) -> Comparison:
    """Return and keep the comparison of all rivals of a training; each must have been fitted."""
    rules, rivals = load_rules(), read_rivals(folder)
    snapshot = read_snapshot(folder.snapshot)
    results = [read_result(folder, recipe.name) for recipe in rivals.recipes]
    for result in results:
        _refuse_other_snapshot(result, snapshot.snapshot_id)
    per_user = {result.recipe: read_per_user(folder, result.recipe) for result in results}
    users = {measure.name: len(values(per_user, measure)) for measure in rules.measures}
    primary = primary_metric(rules, users)
    ranked = rank(results, rivals.champion_as, primary, rules.tie_margin)
    reference = rivals.champion_as or ranked[0].recipe
    found = differences(per_user, rules.measures, reference)
    comparison = Comparison(
        snapshot_id=snapshot.snapshot_id,
        windows={name: at.isoformat() for name, at in snapshot.windows.cutoffs.items()},
        data_until=snapshot.data_until.isoformat(),
        rivals=[_with_differences(rival, found) for rival in ranked],
        best=ranked[0].recipe,
        primary=primary,
        reference=reference,
        users=users,
        champion_recipe=rivals.champion_as,
        **_champion(rivals),
        notes=notes(snapshot, results, primary, rules),
        parent_run_id=parent_run_id,
    )
    write_json(folder.comparison, asdict(comparison))
    return comparison


def primary_metric(rules: GateRules, users: Mapping[str, int]) -> str:
    """Return the metric that ranks: of users with history, unless hardly any were judged."""
    with_history, newcomers = users[rules.primary], users[rules.primary_without_history]
    if with_history >= rules.fewest_users or with_history >= newcomers:
        return rules.primary
    return rules.primary_without_history


def rank(
    results: list[RivalResult], champion: str | None, primary: str, tie_margin: float
) -> list[Rival]:
    """Return the rivals by the primary metric, the best first.

    The best is the champion's recipe if nothing beats it by more than the margin, else the first
    listed, that is the simplest, of those so close to the highest mean.
    """
    if not results:
        raise AisleError("No rivals to compare: list at least one recipe in params.yaml.")
    rows = [Rival(item.recipe, item.family, item.metrics, item.cost) for item in results]
    highest = max(row.metrics[primary].mean for row in rows)
    equals = [row for row in rows if row.metrics[primary].mean >= highest - tie_margin]
    best = next((row for row in equals if row.recipe == champion), equals[0])
    others = [row for row in rows if row is not best]
    return [best, *sorted(others, key=lambda row: -row.metrics[primary].mean)]


def notes(
    snapshot: Snapshot, results: list[RivalResult], primary: str, rules: GateRules
) -> list[str]:
    """Return what is special about this shop, one sentence each."""
    horizon = snapshot.windows.horizon
    days = f"{horizon.days} days" if horizon.days else f"{horizon.total_seconds() / 3600:.0f} hours"
    found = [f"Interactions are of the kind {snapshot.kind}; each window is {days} long."]
    if primary == rules.primary_without_history:
        found.append(
            "Hardly any user with history was there in the test windows, so rivals are ranked by "
            "what newcomers bought."
        )
    if any(result.params.get(CHOSEN, {}).get("hide_seen") for result in results):
        found.append(
            "Hardly anything is bought twice here, so items a user has met are not recommended."
        )
    if not any("diversity" in name for result in results for name in result.metrics):
        found.append("No item has a category or brand, so the diversity of lists is not measured.")
    return found


def read_comparison(folder: TrainingFolder) -> Comparison:
    """Return the comparison that `aisle train compare` made."""
    content = read_json(
        folder.comparison, made_by=f"aisle train compare --run {folder.training_id}"
    )
    rivals = [_rival(row) for row in content.pop("rivals")]
    return Comparison(rivals=rivals, **content)


def _rival(row: dict[str, Any]) -> Rival:
    metrics, found = (
        {name: Interval(**bounds) for name, bounds in row.pop(key).items()}
        for key in ("metrics", "differences")
    )
    return Rival(metrics=metrics, differences=found, cost=Cost(**row.pop("cost")), **row)


def _with_differences(rival: Rival, found: Mapping[str, Differences]) -> Rival:
    mine = {
        name: by_measure.by_rival[rival.recipe]
        for name, by_measure in found.items()
        if by_measure.by_rival
    }
    return Rival(rival.recipe, rival.family, rival.metrics, rival.cost, mine)


def _refuse_other_snapshot(result: RivalResult, snapshot_id: str) -> None:
    if result.snapshot_id != snapshot_id:
        raise AisleError(
            f"{result.recipe} was judged on snapshot {result.snapshot_id}, this training is about "
            f"{snapshot_id}: run `aisle train fit --recipe {result.recipe}` again."
        )


def _champion(rivals: Rivals) -> dict[str, str | None]:
    champion = rivals.champion
    until = champion.data_until if champion else None
    return {
        "champion_version": champion.version if champion else None,
        "champion_data_until": until.isoformat() if until else None,
    }
