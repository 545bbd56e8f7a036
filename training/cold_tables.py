"""What leading rivals did where users, items or visits are new, as rows for people."""

from collections.abc import Mapping, Sequence

from training.bootstrap import Interval, simultaneous_differences
from training.cold import COLD_TASKS, NEXT_IN_SESSION, ColdResult, read_cold_per_user
from training.differences import values
from training.folder import TrainingFolder
from training.gate_rules import Measure
from training.wording import signed, title, with_bounds

METRIC = "ndcg_at_10"
ALSO = {NEXT_IN_SESSION: ("hit_at_10", "mrr_at_10")}


def shown_metrics(results: Sequence[ColdResult]) -> list[str]:
    """Return the metrics to show, of those that any rival has."""
    names = [f"{task}_{metric}" for task in COLD_TASKS for metric in (METRIC, *ALSO.get(task, ()))]
    return [name for name in names if any(name in one.metrics for one in results)]


def cold_rows(folder: TrainingFolder, results: Sequence[ColdResult]) -> list[list[str]]:
    """Return a row for each metric: its name, users, and each rival's mean and difference.

    Differences are to the first rival, user by user; their bounds hold for all pairs at once.
    """
    rows = []
    for name in shown_metrics(results):
        task = next(task for task in COLD_TASKS if name.startswith(task))
        measure = Measure(name, task, name.removeprefix(f"{task}_"))
        found = _differences(folder, results, measure)
        cells = [_cell(one, name, found) for one in results]
        rows.append([title(name), f"{results[0].users[task]:,}", *cells])
    return rows


def _cell(one: ColdResult, name: str, found: Mapping[str, Interval]) -> str:
    mean = with_bounds(one.metrics[name]) if name in one.metrics else "-"
    return f"{mean}; {signed(found[one.recipe])}" if one.recipe in found else mean


def _differences(
    folder: TrainingFolder, results: Sequence[ColdResult], measure: Measure
) -> dict[str, Interval]:
    """Return each other rival minus the first."""
    tables = {one.recipe: read_cold_per_user(folder, one.recipe) for one in results}
    table = values({name: rows for name, rows in tables.items() if rows is not None}, measure)
    if len(table) < 2 or table.shape[1] < 2:
        return {}
    reference = results[0].recipe
    found = simultaneous_differences(table, reference)
    return {name: value for name, value in found.items() if name != reference}
