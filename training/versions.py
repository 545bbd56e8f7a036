"""The door to MLflow's registry: versions of the model, their tags, and who is champion."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.core.errors import AisleError
from training.tracking import Tracker

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

MODEL = "aisle-recommender"
CHAMPION, PREVIOUS_CHAMPION = "champion", "previous_champion"
MODEL_NOTE = (
    "Recommends items to shoppers. The alias `champion` marks the version that serves, "
    "`previous_champion` the one that `aisle rollback` returns to."
)
DESCRIPTION_LENGTH = 5000  # MLflow's limit
# What MLflow says when there is no such model, no such version or no such alias.
ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}


def version_at(tracker: Tracker, alias: str) -> str | None:
    """Return the number of the version that an alias points at, if there is one."""
    from mlflow.exceptions import MlflowException

    try:
        version = tracker.client.get_model_version_by_alias(MODEL, alias)
    except MlflowException as error:
        if error.error_code in ABSENT:
            return None
        raise
    return str(version.version)


def champion(tracker: Tracker) -> "ModelVersion | None":
    """Return the registered version that serves now, if there is one."""
    number = version_at(tracker, CHAMPION)
    return version_named(tracker, number) if number else None


def version_named(tracker: Tracker, number: str) -> "ModelVersion":
    """Return one version with its tags; refuse a number that the registry does not know."""
    known = versions(tracker)
    for version in known:
        if str(version.version) == number:
            return version
    if not known:
        raise AisleError(f"{MODEL} has no version yet: run `make run` (or `aisle train …`) first.")
    numbers = ", ".join(str(version.version) for version in known)
    raise AisleError(f"{MODEL} has no version {number!r}: choose one of {numbers}.")


def versions(tracker: Tracker) -> "list[ModelVersion]":
    """Return all versions with their tags, oldest first."""
    found: list[ModelVersion] = []
    page = tracker.client.search_model_versions(f"name = '{MODEL}'")
    found += page
    while page.token:
        page = tracker.client.search_model_versions(f"name = '{MODEL}'", page_token=page.token)
        found += page
    return sorted(found, key=lambda version: int(version.version))


def version_of(tracker: Tracker, training_id: str) -> str | None:
    """Return the version a training has registered, if it has."""
    query = f"name = '{MODEL}' and tags.training_id = '{training_id}'"
    found = tracker.client.search_model_versions(query)
    return str(found[0].version) if found else None


def register_version(
    tracker: Tracker, run_id: str, model_uri: str, tags: Mapping[str, str], description: str
) -> str:
    """Make a version of a logged model and return its number; version and tags appear together."""
    from mlflow.exceptions import MlflowException

    try:
        tracker.client.create_registered_model(MODEL, description=MODEL_NOTE)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    version = tracker.client.create_model_version(
        MODEL,
        source=model_uri,
        run_id=run_id,
        tags=dict(tags),
        description=description[:DESCRIPTION_LENGTH],
        model_id=model_uri.removeprefix("models:/"),
    )
    return str(version.version)


def tag_version(tracker: Tracker, number: str, name: str, value: str) -> None:
    """Set one tag of a version."""
    tracker.client.set_model_version_tag(MODEL, number, name, value)


def point_alias(tracker: Tracker, alias: str, number: str) -> None:
    """Let an alias lead to a version, in one step."""
    tracker.client.set_registered_model_alias(MODEL, alias, number)


def download_version(number: str, folder: Path) -> Path:
    """Return the folder to which all files of a version were copied, over HTTP if need be."""
    import mlflow

    copied = mlflow.artifacts.download_artifacts(f"models:/{MODEL}/{number}", dst_path=str(folder))
    return Path(copied)
