"""The model card of a version: what it is, what it was fitted on, how good it is and where not."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from training.bootstrap import Interval
from training.cold import read_cold_of
from training.cold_tables import cold_rows
from training.compare import Comparison, read_comparison
from training.dataset import Snapshot, read_snapshot
from training.folder import TrainingFolder
from training.gate import Decision
from training.gate_checks import failures
from training.html_report import quality_per_second
from training.models.families import family_named
from training.packaging import requirements
from training.results import RivalResult, read_result
from training.revision import code_revision
from training.split import JUDGED
from training.tables import markdown_table
from training.versions import MODEL
from training.weaknesses import weaknesses
from training.wording import signed, title, with_bounds

CARD = "model_card.md"
TEMPLATE = Path(__file__).with_name("model_card_template.md")


def model_card(folder: TrainingFolder, decision: Decision) -> str:
    """Return the card of the version that `decision` asks for, as Markdown."""
    result = read_result(folder, str(decision.register))
    comparison, snapshot = read_comparison(folder), read_snapshot(folder.snapshot)
    return TEMPLATE.read_text(encoding="utf-8").format(
        model=MODEL,
        verdict=decision.sentence,
        recipe=result.recipe,
        about=_first_line(family_named(result.family).__doc__),
        data=_table(("what", "value"), data_rows(snapshot)),
        windows=_table(("window", "history before", "truth until"), _window_rows(snapshot)),
        metrics=_table(("metric", "mean [95% interval]"), metric_rows(result.metrics)),
        segments=_table(
            ("task and part of the users or of the time", "NDCG@10"), part_rows(result)
        ),
        cold=cold_part(folder, comparison, result.recipe),
        rivals=markdown_table(comparison),
        gate=_table(("question", "answer"), gate_rows(decision, comparison)),
        cost=_table(("what", "value"), _cost_rows(result, comparison.primary)),
        made=_made(folder, result),
        requirements=_list(f"`{name}`" for name in requirements()),
        weaknesses=_list(weaknesses(result.metrics, snapshot)),
    )


def summary(decision: Decision) -> str:
    """Return what a version's description says on MLflow's page."""
    return (
        f"{decision.sentence}\n\nThe whole story is in `{CARD}`: among the artifacts of the run "
        "that made this version, and inside the model itself (`artifacts/`)."
    )


def data_rows(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return what a snapshot holds, for people."""
    interactions = snapshot.interactions
    first, last = (interactions["interacted_at"].agg(end) for end in ("min", "max"))
    active = interactions["user_index"].nunique(), interactions["item_index"].nunique()
    return [
        ("snapshot", f"`{snapshot.snapshot_id}`"),
        (
            "features",
            f"as Feast's service `{snapshot.feature_service or 'not recorded'}` gives them",
        ),
        ("interactions", f"{len(interactions):,} of the kind *{snapshot.kind}*"),
        ("span", f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"),
        ("users", f"{snapshot.user_ids.size:,}, {active[0]:,} of them with interactions"),
        ("items", f"{snapshot.item_ids.size:,}, {active[1]:,} of them in interactions"),
    ]


def _window_rows(snapshot: Snapshot) -> Iterable[tuple[str, ...]]:
    windows = snapshot.windows
    for window in (windows.validation, *windows.tests):
        moments = (f"{moment:%Y-%m-%d %H:%M}" for moment in (window.cutoff, window.end))
        yield (window.name, *moments)


def metric_rows(metrics: Mapping[str, Interval]) -> list[tuple[str, str]]:
    """Return each metric by its name with its interval; those without a value are left out."""
    known = {name: value for name, value in metrics.items() if np.isfinite(value.mean)}
    return [(f"`{name}`", with_bounds(value)) for name, value in known.items()]


def gate_rows(decision: Decision, comparison: Comparison) -> Iterable[tuple[str, str]]:
    """Return what the gate found, as questions and answers."""
    yield "decided", f"{decision.action} ({decision.reason})"
    yield "users judged", f"{decision.users:,}"
    yield "judged against", str(decision.champion_version or "no champion yet")
    if decision.difference:
        yield f"winner minus champion's recipe, {decision.metric}", signed(decision.difference)
    for other in decision.passed_over:
        yield f"{other.recipe} was not promoted", failures(other)
    yield "rivals", f"{len(comparison.rivals)}"


def part_rows(result: RivalResult) -> list[tuple[str, str]]:
    """Return NDCG@10 by task and segment, then by task and window, where there are values."""
    rows = []
    for task in JUDGED:
        name = f"{task}_ndcg_at_10"
        parts = [key for key in result.metrics if key == name or key.startswith(f"{name}_")]
        for key in parts:
            part = key.removeprefix(name).removeprefix("_") or "all"
            rows.append((f"{task}, {part}", with_bounds(result.metrics[key])))
    return rows


def cold_part(folder: TrainingFolder, comparison: Comparison, recipe: str) -> str:
    """Return how the version's recipe does with new users, new items and in visits."""
    found = [one for one in read_cold_of(folder, comparison) if one.recipe == recipe]
    rows = cold_rows(folder, found)
    if not rows:
        return "This recipe was not judged on users, items or visits that are new to it."
    return (
        "Fitted once more before the last window without a tenth of the users and of the items: "
        "what these users took, what others took of these items (ranked among themselves), and "
        "what followed in a basket or visit of such a user.\n\n"
        + _table(("measure", "users", "mean [95% interval]"), rows)
    )


def _cost_rows(result: RivalResult, primary: str) -> list[tuple[str, str]]:
    cost = result.cost
    return [
        ("choose on the validation window", f"{cost.choose_seconds:.1f} s"),
        ("fit before a test window", f"{cost.fit_seconds:.1f} s"),
        ("score and judge all users of a window", f"{cost.score_seconds:.1f} s"),
        (
            "peak memory of the process that did all this",
            f"{cost.peak_memory_bytes / 2**30:.2f} GiB",
        ),
        ("files of the model", f"{cost.artifact_bytes / 2**20:.1f} MiB"),
        (
            f"{title(primary)} over the seconds of a window, fit and scoring",
            quality_per_second(result.metrics, cost, primary),
        ),
    ]


def _made(folder: TrainingFolder, result: RivalResult) -> str:
    recipe = {"name": result.recipe, "family": result.family, "params": dict(result.params)}
    return (
        f"Training `{folder.training_id}`, code `{code_revision()}`. The recipe, with what "
        f"validation chose under `chosen`:\n\n```json\n{json.dumps(recipe, indent=2)}\n```"
    )


def _first_line(text: str | None) -> str:
    return (text or "").strip().splitlines()[0]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _list(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)
