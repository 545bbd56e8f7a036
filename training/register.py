"""Refit the winner on everything, register it, and move the champion's alias to it, last of all."""

import json
import logging
import tempfile
from pathlib import Path

from aisle.core.errors import AisleError, NothingToDo
from aisle.core.files import write_json
from aisle.core.settings import Settings
from training.dataset import Dataset, read_dataset
from training.evaluate import refit
from training.folder import TrainingFolder, parent_run_id
from training.gate import Decision, read_decision
from training.packaging import pack
from training.recipes import Recipe
from training.results import read_result, stated_params
from training.revision import code_revision
from training.rivals import Champion
from training.tracking import (
    Tracker,
    champion,
    end_run,
    log_model,
    move_champion,
    open_tracker,
    register_version,
    set_tags,
    version_of,
)

log = logging.getLogger(__name__)

STRANGER = "someone-new"  # the example also shows what a user nobody knows gets


def register_winner(settings: Settings, folder: TrainingFolder) -> str:
    """Return the version made of the winner, now the champion; safe to run again after a kill."""
    decision = read_decision(folder)
    if decision.register is None:
        raise NothingToDo(decision.sentence)
    tracker = open_tracker(settings)
    version = version_of(tracker, folder.training_id)
    _refuse_if_moved(tracker, decision, version)
    if version is None:
        model_uri = _logged_model(tracker, folder, decision)
        tags = version_tags(folder, decision)
        version = register_version(tracker, parent_run_id(folder), model_uri, tags)
    move_champion(tracker, version)
    set_tags(tracker, parent_run_id(folder), {"registered_version": version})
    end_run(tracker, parent_run_id(folder))
    return version


def _refuse_if_moved(tracker: Tracker, decision: Decision, version: str | None) -> None:
    """Stop if another training has promoted since this one was compared."""
    present = champion(tracker)
    held = str(present.version) if present else None
    if held not in (decision.champion_version, version):
        raise AisleError(
            f"This training was judged against champion version {decision.champion_version}, but "
            f"version {held} is champion now: start a new training to judge against that one."
        )


def _logged_model(tracker: Tracker, folder: TrainingFolder, decision: Decision) -> str:
    """Return the address of the refitted winner in MLflow; a rerun finds the one logged before."""
    if folder.registration.is_file():
        return str(json.loads(folder.registration.read_text())["model_uri"])
    result = read_result(folder, str(decision.register))
    dataset = read_dataset(folder.snapshot, "end")
    log.info("refitting %s on everything before %s", result.recipe, dataset.cutoff)
    model = refit(Recipe(result.recipe, result.family, result.params), dataset)
    with tempfile.TemporaryDirectory(prefix=".register-", dir=folder.root) as private:
        arrays = model.save(Path(private) / "model")
        package = pack(arrays, Path(private) / "code", example_users(dataset))
        model_uri = log_model(tracker, parent_run_id(folder), package)
    write_json(folder.registration, {"model_uri": model_uri})
    return model_uri


def example_users(dataset: Dataset) -> list[str]:
    """Return users for the input example: the one with most interactions and a stranger."""
    counts = dataset.interactions["user_index"].value_counts()
    return [str(dataset.user_ids[counts.index[0]]), STRANGER]


def version_tags(folder: TrainingFolder, decision: Decision) -> dict[str, str]:
    """Return what a version says about itself: evidence, data, code, and how to make it again."""
    result = read_result(folder, str(decision.register))
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
        "code_revision": code_revision(),
        "gate_decision": decision.sentence,
        "recipe": json.dumps(stated),
        "recipe_resolved": json.dumps(made),
    }


def champion_of(settings: Settings) -> Champion | None:
    """Return the present champion and its recipe as stated, from the registry."""
    version = champion(open_tracker(settings))
    if version is None:
        return None
    if "recipe" not in version.tags:
        raise AisleError(
            f"Version {version.version} is champion but has no tag `recipe`, so it cannot be "
            "compared: set the tag, or point the alias at a version that Aisle registered."
        )
    return Champion(str(version.version), Recipe(**json.loads(version.tags["recipe"])))
