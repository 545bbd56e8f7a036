"""One training as one page that needs nothing else: pictures and styles are inside it."""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from aisle.core.files import write_text
from training.bootstrap import Interval
from training.cold import read_cold_of
from training.cold_tables import cold_rows
from training.compare import Comparison, Rival
from training.cost import Cost
from training.dataset import Snapshot, read_snapshot
from training.folder import TrainingFolder
from training.gate import Decision
from training.report_plots import curves_svg, trade_svg
from training.results import read_curves, read_examples
from training.segments import HEAVY, LIGHT, NEW
from training.split import JUDGED
from training.wording import signed, title, with_bounds

TEMPLATE = "html_report.html.jinja"
HEADLINES = (
    *("next_ndcg_at_10", "next_recall_at_20", "discovery_ndcg_at_10", "newcomers_ndcg_at_10"),
    *("next_mrr_at_10", "next_novelty_at_10", "next_diversity_at_10", "next_coverage_at_20"),
)
MIB = 2**20
REASONS = {
    "personal": "own purchases",
    "popular": "popularity",
    "collaborative": "users who choose alike",
    "hybrid": "users who choose alike, and what the item is",
    "segment": "what people like them buy",
    "content": "what the item is",
}
SEGMENT_NAMES = {LIGHT: "light", HEAVY: "heavy", NEW: "new"}


def write_report(
    folder: TrainingFolder, comparison: Comparison, decision: Decision | None = None
) -> Path:
    """Write the page of a training and return it, with the gate's decision once there is one."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template(TEMPLATE).render(**content(folder, comparison, decision))
    write_text(folder.report, page)
    return folder.report


def content(
    folder: TrainingFolder, comparison: Comparison, decision: Decision | None
) -> dict[str, Any]:
    """Return everything the page shows."""
    snapshot = read_snapshot(folder.snapshot)
    curves = {
        rival.recipe: points
        for rival in comparison.rivals
        if (points := read_curves(folder, rival.recipe))
    }
    shown = [name for name in HEADLINES if _any_has(comparison, name)]
    cold = read_cold_of(folder, comparison)
    return {
        "training_id": folder.training_id,
        "verdict": decision.sentence if decision else "The gate has not decided yet.",
        "comparison": comparison,
        "notes": " ".join(comparison.notes),
        "windows": windows_of(snapshot),
        "plot": base64.b64encode(folder.plot.read_bytes()).decode()
        if folder.plot.is_file()
        else "",
        "headlines": [title(name) for name in shown],
        "rows": [_row(comparison, rival, shown) for rival in comparison.rivals],
        "primary": title(comparison.primary),
        "segments": list(segment_rows(comparison)),
        "cold_names": [one.recipe for one in cold],
        "cold": cold_rows(folder, cold),
        "curves": curves_svg(curves),
        "trade": trade_svg(comparison),
        "costs": [(rival.recipe, _costs(comparison, rival)) for rival in comparison.rivals],
        "examples": examples(folder, comparison.best),
        "checks": _checks(decision) if decision else [],
    }


def windows_of(snapshot: Snapshot) -> list[tuple[str, str, str]]:
    """Return each window's name, when it begins and when it ends."""
    windows = (snapshot.windows.validation, *snapshot.windows.tests)
    return [
        (one.name, f"{one.cutoff:%Y-%m-%d %H:%M}", f"{one.end:%Y-%m-%d %H:%M}") for one in windows
    ]


def segment_rows(comparison: Comparison) -> Iterator[tuple[str, list[str]]]:
    """Yield NDCG@10 of each rival by task, segment and window, where there are values."""
    parts = ("", f"_{LIGHT}", f"_{HEAVY}", *(f"_{name}" for name in comparison.windows))
    for task in JUDGED:
        for part in parts:
            name = f"{task}_ndcg_at_10{part}"
            if _any_has(comparison, name):
                label = part.removeprefix("_") or "all"
                yield f"{task}, {label}", [_shown(r.metrics.get(name)) for r in comparison.rivals]


def examples(folder: TrainingFolder, recipe: str) -> list[dict[str, Any]]:
    """Return the best rival's lists of some users with titles and reasons in words."""
    items = pd.read_parquet(folder.snapshot / "items.parquet")
    titles = dict(zip(items["item_id"].astype(str), items["title"], strict=True))
    found = read_examples(folder, recipe)
    for user in found:
        for item in user["items"]:
            named = titles.get(item["item_id"])
            item["title"] = str(named) if isinstance(named, str) and named else item["item_id"]
            item["reason"] = REASONS.get(item["source"], item["source"].replace("_", " "))
    return found


def _any_has(comparison: Comparison, name: str) -> bool:
    return any(name in rival.metrics for rival in comparison.rivals)


def _row(comparison: Comparison, rival: Rival, shown: list[str]) -> dict[str, Any]:
    difference = rival.differences.get(comparison.primary)
    is_reference = rival.recipe == comparison.reference
    return {
        "recipe": rival.recipe,
        "is_best": rival.recipe == comparison.best,
        "is_champion": rival.recipe == comparison.champion_recipe,
        "cells": [_shown(rival.metrics.get(name)) for name in shown],
        "difference": "-" if is_reference or difference is None else signed(difference),
        "mark": "" if is_reference or difference is None else _mark(difference),
    }


def _mark(difference: Interval) -> str:
    """Return how a difference is coloured: better or worse beyond noise, or neither."""
    if difference.low > 0:
        return "better"
    return "worse" if difference.high < 0 else ""


def _shown(value: Interval | None) -> str:
    return "-" if value is None else with_bounds(value)


def _costs(comparison: Comparison, rival: Rival) -> list[str]:
    cost = rival.cost
    return [
        f"{cost.choose_seconds:.1f}",
        f"{cost.fit_seconds:.1f}",
        f"{cost.score_seconds:.1f}",
        f"{cost.peak_memory_bytes / MIB:.0f}",
        f"{cost.artifact_bytes / MIB:.1f}",
        quality_per_second(rival.metrics, cost, comparison.primary),
    ]


def quality_per_second(metrics: Mapping[str, Interval], cost: Cost, primary: str) -> str:
    """Return the primary metric over the seconds of a window, fit and scoring, as text."""
    seconds = cost.fit_seconds + cost.score_seconds
    return f"{metrics[primary].mean / seconds:.3f}" if seconds > 0 else "-"


def _checks(decision: Decision) -> list[tuple[str, str, str, int, str]]:
    return [
        (
            title(check.measure),
            signed(check.difference) if check.difference else "-",
            check.needed,
            check.users,
            check.outcome,
        )
        for check in decision.checks
    ]
