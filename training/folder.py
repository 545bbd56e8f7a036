"""Where one training keeps its files."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.core.builds import checked_id
from aisle.core.errors import AisleError
from aisle.core.settings import Settings


@dataclass(frozen=True)
class TrainingFolder:
    """The files of one training, named by the caller's ID (the DAG derives it from its run)."""

    training_id: str
    root: Path

    @property
    def snapshot(self) -> Path:
        """The frozen data: interactions, ids, features, windows."""
        return self.root / "snapshot"

    @property
    def rivals(self) -> Path:
        """What competes: the recipes, and which of them stands for the champion."""
        return self.root / "rivals.json"

    @property
    def parent_run(self) -> Path:
        """Id of the MLflow run that stands for this training."""
        return self.root / "mlflow_run_id"

    @property
    def comparison(self) -> Path:
        """All rivals with their intervals, best first."""
        return self.root / "comparison.json"

    @property
    def plot(self) -> Path:
        """The comparison as a picture."""
        return self.root / "comparison.png"

    @property
    def report(self) -> Path:
        """The whole training as one page."""
        return self.root / "report.html"

    @property
    def decision(self) -> Path:
        """What the gate decided, and why."""
        return self.root / "decision.json"

    @property
    def registration(self) -> Path:
        """The logged model, and once there is one the version made of it."""
        return self.root / "registration.json"

    def rival(self, name: str) -> Path:
        """Return the folder with one rival's results."""
        return self.root / "rivals" / checked_id(name)

    def cold(self, name: str) -> Path:
        """Return the folder with what a leading rival does where all is new."""
        return self.root / "cold" / checked_id(name)

    @property
    def starts(self) -> Path:
        """Which earlier training's embeddings the fits of each warm-starting rival begin with."""
        return self.root / "starts.json"

    def embeddings(self, name: str) -> Path:
        """Return the folder in which a warm-starting rival keeps what its fits learned."""
        return self.root / "embeddings" / checked_id(name)

    def lent(self, name: str) -> Path:
        """Return the folder with what another shop lent a rival, as it was when this began."""
        return self.root / "lent" / checked_id(name)

    def checkpoints(self, name: str) -> Path:
        """Return the folder in which a rival keeps the epochs of its fits until it is judged."""
        return self.root / "checkpoints" / checked_id(name)


def training_folder(settings: Settings, training_id: str) -> TrainingFolder:
    """Return the folder of one training; it need not exist yet."""
    return TrainingFolder(training_id, settings.trainings / checked_id(training_id))


def begun_training(settings: Settings, training_id: str) -> TrainingFolder:
    """Return the folder of a training that is there; any other id is refused."""
    folder = training_folder(settings, training_id)
    if not folder.root.is_dir():
        raise AisleError(
            f"There is no training {training_id!r} in {settings.trainings} "
            f"({trainings_here(settings)}): `aisle train snapshot --run {training_id}` begins it."
        )
    return folder


def trainings_here(settings: Settings) -> str:
    """Return the ids of all trainings in words."""
    known = sorted(path.name for path in settings.trainings.glob("*") if path.is_dir())
    return ", ".join(known) or "there is none"


def read_json(path: Path, *, made_by: str) -> Any:
    """Return the content of a JSON file; a missing one names the command that makes it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise AisleError(f"{path} does not exist yet: run `{made_by}` first.") from error


def parent_run_id(folder: TrainingFolder) -> str:
    """Return the id of the MLflow run that stands for this training."""
    if not folder.parent_run.is_file():
        raise AisleError(
            f"Training {folder.training_id} has no MLflow run yet: run "
            f"`aisle train snapshot --run {folder.training_id}` first."
        )
    return folder.parent_run.read_text(encoding="utf-8").strip()
