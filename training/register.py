"""Refit the winner on everything, register it, and move the champion's alias to it, last of all."""

import json
import logging
import shutil
import tempfile
from pathlib import Path

from aisle.core.artifact import DOCUMENT, file_checksum
from aisle.core.errors import AisleError, NothingToDo
from aisle.core.files import write_json
from aisle.core.settings import Settings
from training.champion import DATA_UNTIL
from training.dataset import Dataset, read_snapshot
from training.evaluate import refit
from training.folder import TrainingFolder, parent_run_id
from training.gate import Decision, read_decision
from training.model_card import CARD, model_card, summary
from training.model_proof import CHECKSUM_TAG
from training.models.neural.checkpoint import checkpoints_in
from training.moves import Move, all_moves, carry_out, moves_in, new_move
from training.packaging import pack
from training.recipes import Recipe
from training.results import read_result, stated_params
from training.revision import code_revision
from training.starts import starting
from training.tracking import Tracker, end_run, log_file, log_model, open_tracker, set_tags
from training.versions import (
    CHAMPION,
    register_version,
    version_at,
    version_named,
    version_of,
    versions,
)

log = logging.getLogger(__name__)

NOT_YET = ""  # the number of a version about to be made; its tags need not repeat it
FEATURE_SERVICE = "feature_service"  # tag: what the model was told of users and items
STRANGER = "someone-new"  # the example also shows what a user nobody knows gets


def register_winner(settings: Settings, folder: TrainingFolder) -> str:
    """Return the version made of the winner, now the champion; safe to run again after a kill."""
    decision = read_decision(folder)
    if decision.register is None:
        raise NothingToDo(decision.sentence)
    tracker = open_tracker(settings)
    version = version_of(tracker, folder.training_id)
    if version is None:
        version = _registered(settings, tracker, folder, decision)
    move = _unfinished_move(tracker, version)
    _refuse_if_moved(tracker, decision, version)
    carry_out(tracker, move)
    set_tags(tracker, parent_run_id(folder), {"registered_version": version})
    end_run(tracker, parent_run_id(folder))
    return version


def _registered(
    settings: Settings, tracker: Tracker, folder: TrainingFolder, decision: Decision
) -> str:
    """Return a new version of the refitted winner; its tags tell of its becoming champion."""
    _refuse_if_moved(tracker, decision, None)  # before the work, and again after it
    model = _logged_model(tracker, folder, decision, threads=settings.threads)
    _refuse_if_moved(tracker, decision, None)
    held = version_at(tracker, CHAMPION)
    move = new_move(NOT_YET, decision.action, decision.sentence, replaced=held)
    tags = version_tags(folder, decision) | {CHECKSUM_TAG: model["sha256"]} | move.tag
    return register_version(
        tracker, parent_run_id(folder), model["model_uri"], tags, summary(decision)
    )


def _unfinished_move(tracker: Tracker, version: str) -> Move:
    """Return the move that made this version, unless somebody has moved the champion since."""
    moved = moves_in(version, version_named(tracker, version).tags)
    last = all_moves(versions(tracker))[-1]
    if moved[0] != last:
        raise NothingToDo(
            f"this training registered version {version}, and the champion has moved since then: "
            f"version {last.version} by {last.action} on {last.at:%Y-%m-%d %H:%M} UTC. "
            f"`aisle promote {version}` makes version {version} champion."
        )
    return moved[0]


def _refuse_if_moved(tracker: Tracker, decision: Decision, version: str | None) -> None:
    """Stop if another training has promoted since this one was compared."""
    held = version_at(tracker, CHAMPION)
    if held not in (decision.champion_version, version):
        raise AisleError(
            f"This training was judged against champion version {decision.champion_version}, but "
            f"version {held} is champion now: start a new training to judge against that one."
        )


def _logged_model(
    tracker: Tracker, folder: TrainingFolder, decision: Decision, *, threads: int
) -> dict[str, str]:
    """Return address and checksum of the refitted winner; a rerun finds the one logged before."""
    if folder.registration.is_file():
        logged: dict[str, str] = json.loads(folder.registration.read_text())
        return logged
    result = read_result(folder, str(decision.register))
    dataset = read_snapshot(folder.snapshot).dataset("end")
    log.info("refitting %s on everything before %s", result.recipe, dataset.cutoff)
    recipe = Recipe(result.recipe, result.family, result.params)
    kept = folder.checkpoints(f"{result.recipe}-refit")
    with checkpoints_in(kept), starting(folder, recipe):
        model = refit(recipe, dataset, threads=threads)
    with tempfile.TemporaryDirectory(prefix=".register-", dir=folder.root) as private:
        arrays = model.save(Path(private) / "model")
        card = Path(private) / CARD
        card.write_text(model_card(folder, decision), encoding="utf-8")
        package = pack(arrays, card, Path(private) / "code", example_users(dataset))
        model_uri = log_model(tracker, parent_run_id(folder), package)
        log_file(tracker, parent_run_id(folder), card)
        logged = {"model_uri": model_uri, "sha256": file_checksum(arrays / DOCUMENT)}
    write_json(folder.registration, logged)
    shutil.rmtree(kept, ignore_errors=True)
    return logged


def example_users(dataset: Dataset) -> list[str]:
    """Return users for the input example: the one with most interactions and a stranger."""
    counts = dataset.interactions["user_index"].value_counts()
    return [str(dataset.user_ids[counts.index[0]]), STRANGER]


def version_tags(folder: TrainingFolder, decision: Decision) -> dict[str, str]:
    """Return what a version says about itself: evidence, data, code, and how to make it again."""
    result, snapshot = read_result(folder, str(decision.register)), read_snapshot(folder.snapshot)
    recipe = {"name": result.recipe, "family": result.family}
    made = recipe | {"params": dict(result.params)}
    stated = recipe | {"params": stated_params(result.params)}
    metrics = {
        name: f"{value.mean:.4f} [{value.low:.4f}, {value.high:.4f}]"
        for name, value in result.metrics.items()
    }
    return metrics | {
        "training_id": folder.training_id,
        "snapshot_id": result.snapshot_id,
        FEATURE_SERVICE: snapshot.feature_service,
        DATA_UNTIL: snapshot.data_until.isoformat(),
        "code_revision": code_revision(),
        "gate_decision": decision.sentence,
        "primary_metric": decision.metric,
        "recipe": json.dumps(stated),
        "recipe_resolved": json.dumps(made),
    }
