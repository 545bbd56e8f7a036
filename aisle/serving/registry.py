"""The one door that reads MLflow's registry: which version is champion, and its model."""

import json
import logging
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

MODEL = "aisle-recommender"
CHAMPION = "champion"
SQLITE = "sqlite:///"
ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}  # no such model, no such alias


class Recommender(Protocol):
    """What the registered model does: requests in, rows of recommendations out."""

    def predict(self, data: pd.DataFrame) -> pd.DataFrame:
        """Return `user_id, item_id, score, rank, source` for rows of `user_id[, k]`."""


@dataclass(frozen=True)
class Champion:
    """A loaded model and the version it is."""

    version: str
    model: Recommender


def champion_version(settings: Settings) -> str | None:
    """Return the version that the alias `champion` points at, if there is one."""
    return version_called(settings, CHAMPION)


def champion_recipe(settings: Settings) -> tuple[str, str] | None:
    """Return the champion's version and the name of its recipe, if there is a champion."""
    version = champion_version(settings)
    if version is None:
        return None
    tags = _mlflow(settings).MlflowClient().get_model_version(MODEL, version).tags
    return version, str(json.loads(tags.get("recipe", "{}")).get("name", "of no recipe"))


def version_called(settings: Settings, name: str) -> str | None:
    """Return the version with this number or this alias, if there is one."""
    if not _has_models(settings.tracking_uri):
        return None
    from mlflow.exceptions import MlflowException

    client = _mlflow(settings).MlflowClient()
    try:
        if name.isdecimal():
            return str(client.get_model_version(MODEL, name).version)
        return str(client.get_model_version_by_alias(MODEL, name).version)
    except MlflowException as error:
        if error.error_code in ABSENT:
            return None
        raise


def load_champion(settings: Settings, version: str) -> Champion:
    """Return a version's model. Naming the version keeps number and model together."""
    model = _mlflow(settings).pyfunc.load_model(f"models:/{MODEL}/{version}")
    return Champion(version, model)


def require_champion(settings: Settings, name: str = CHAMPION) -> Champion:
    """Return the model with this version number or alias; say what to do if there is none."""
    version = version_called(settings, name)
    if version is not None:
        return load_champion(settings, version)
    if name == CHAMPION:
        raise AisleError(
            f"There is no champion in {settings.tracking_address} yet: run `make run` first."
        )
    raise AisleError(
        f"{MODEL} in {settings.tracking_address} has no version or alias {name!r}: "
        "`aisle history` lists what there is."
    )


def _mlflow(settings: Settings) -> Any:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    for name in ("mlflow", "alembic"):  # after the import, which sets its own levels
        logging.getLogger(name).setLevel(logging.ERROR)
    mlflow.set_tracking_uri(settings.tracking_uri)
    mlflow.set_registry_uri(settings.tracking_uri)
    return mlflow


def _has_models(uri: str) -> bool:
    """Tell whether an SQLite registry holds models yet.

    MLflow's client makes the database when it is missing. A service that waits for its first
    champion must not do that in the middle of the first training doing the same.
    """
    if not uri.startswith(SQLITE):
        return True
    path = Path(uri.removeprefix(SQLITE))
    if not path.exists():
        return False
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute("select 1 from registered_models limit 1").fetchone() is not None
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return False
        raise
    finally:
        connection.close()
