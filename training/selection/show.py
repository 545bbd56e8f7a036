"""Write a selection: features.json for other pages, and a run in MLflow with table and picture."""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from aisle.core.files import new_folder, write_json
from aisle.core.settings import Settings
from training.revision import code_revision, revision_tags
from training.selection.chart import draw
from training.selection.verdicts import Selection, Verdict
from training.tracking import (
    describe,
    end_run,
    find_run,
    log_file,
    log_metrics,
    log_params,
    log_tables,
    milliseconds,
    open_tracker,
    set_tags,
)

EXPERIMENT = "aisle-features"
SELECTED, PROPOSED = "feature_selection", "feature_proposal"
DOCUMENT, TABLE, PICTURE = "features.json", "features.csv", "importance.png"
LISTED = 15  # features in the description of the run


def write_selection(
    folder: Path, selection: Selection, further: Mapping[str, str] | None = None
) -> Path:
    """Replace what the last selection wrote, all at once, and return the folder.

    `further` are more files to write, by name.
    """
    with new_folder(folder) as draft:
        for name, text in (further or {}).items():
            (draft / name).write_text(text, encoding="utf-8")
        write_json(draft / DOCUMENT, selection.document)
        with (draft / TABLE).open("w", newline="", encoding="utf-8") as file:
            rows = [verdict.row for verdict in selection.verdicts]
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        draw(selection, draft / PICTURE)
    return folder


def log_selection(
    settings: Settings, selection: Selection, folder: Path, kind: str = SELECTED
) -> str:
    """Write the selection's run in MLflow and return its id; the same selection is one run."""
    tracker = open_tracker(settings, EXPERIMENT)
    text = json.dumps(selection.document, sort_keys=True)
    selection_id = hashlib.sha256(text.encode()).hexdigest()[:16]
    identity = {"kind": kind, "selection_id": selection_id}
    run_id = find_run(tracker, f"{kind}-{selection_id[:6]}", identity)
    log_params(tracker, run_id, params(selection))
    # The end of the data is a fixed time: MLflow drops a metric that it has, time included.
    log_metrics(tracker, run_id, metrics(selection), milliseconds(selection.as_of))
    set_tags(tracker, run_id, revision_tags(code_revision()))
    for path in sorted(folder.iterdir()):
        log_file(tracker, run_id, path)
    log_tables(tracker, run_id, {"features_table.json": table_rows(selection.verdicts)})
    describe(tracker, run_id, description(selection))
    end_run(tracker, run_id)
    return run_id


def params(selection: Selection) -> dict[str, object]:
    """Return what was asked for and looked at."""
    fitted, judged = selection.windows
    return {
        **asdict(selection.request),
        "interactions": selection.kind,
        "fitted_from": fitted.cutoff.isoformat(),
        "measured_from": judged.cutoff.isoformat(),
        "measured_until": judged.end.isoformat(),
    }


def metrics(selection: Selection) -> dict[str, float]:
    """Return the probes' quality and how many features there are of each verdict."""
    verdicts = selection.verdicts
    quality = {f"ndcg_at_10_{name}": value for name, value in selection.quality.items()}
    return quality | {
        "features": len(verdicts),
        "features_kept": sum(verdict.is_kept for verdict in verdicts),
        "features_redundant": sum(verdict.redundant_with is not None for verdict in verdicts),
    }


def table_rows(verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts as JSON columns and rows, the form MLflow shows as a table."""
    rows = [verdict.row for verdict in verdicts]
    return json.dumps({"columns": list(rows[0]), "data": [list(row.values()) for row in rows]})


def description(selection: Selection) -> str:
    """Return the Markdown that stands on top of the run."""
    count = metrics(selection)
    kept = [verdict for verdict in selection.verdicts if verdict.is_kept]
    lines = ["| feature | entity | NDCG@10 lost | standard error |", "| --- | --- | --- | --- |"]
    for verdict in kept[:LISTED]:
        worth = verdict.importance
        lines.append(
            f"| {verdict.feature.reference} | {verdict.feature.entity} | {worth.mean:.4f} "
            f"| {worth.standard_error:.4f} |"
        )
    quality = ", ".join(f"{name} {value:.4f}" for name, value in selection.quality.items())
    return "\n\n".join(
        [
            f"**{count['features_kept']} of {count['features']} features stay, "
            f"{count['features_redundant']} repeat another one.**",
            "\n".join(lines),
            f"NDCG@10 of the probe's ranking, by the features it has: {quality}. Fitted on what "
            f"happened from {selection.windows[0].cutoff}, measured from "
            f"{selection.windows[1].cutoff} to {selection.windows[1].end} (UTC).",
        ]
    )
