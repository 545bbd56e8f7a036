"""The Optuna storage that all workers of a tuning share: SQLite in the workspace, or Postgres."""

import logging
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from training.tuning.plan import TPE, Plan, Request

if TYPE_CHECKING:
    from optuna import Study
    from optuna.samplers import BaseSampler
    from optuna.storages import BaseStorage

SQLITE = "sqlite:///"
WAIT_SECONDS = 60  # for another worker's write to the SQLite file
STARTUP = 5  # trials drawn at random before TPE has anything to model
BEFORE_PRUNING = 4  # finished trials that a trial is compared with


def open_storage(settings: Settings) -> "BaseStorage":
    """Return the storage; its tables are made when they are missing."""
    address = settings.tuning_storage.get_secret_value()
    if address:
        return _connected(address)
    settings.tuning_database.parent.mkdir(parents=True, exist_ok=True)
    return _connected(f"{SQLITE}{settings.tuning_database}")


@cache  # to connect takes half a second of checking that the tables are of this version
def _connected(address: str) -> "BaseStorage":
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    is_file = address.startswith(SQLITE)
    options: dict[str, Any] = {"connect_args": {"timeout": WAIT_SECONDS}} if is_file else {}
    try:
        return optuna.storages.RDBStorage(address, engine_kwargs=options)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        told = str(error).strip().splitlines()[0]
        raise AisleError(
            f"AISLE_TUNING_STORAGE cannot be opened ({told}): is its server up and the address "
            "right? Empty means a file in the workspace."
        ) from error


def open_study(settings: Settings, plan: Plan, recipe: str, number: int = 0) -> "Study":
    """Return the study of one recipe of a tuning, made if it is missing, for one of its trials."""
    import optuna

    return optuna.create_study(
        study_name=f"{plan.tuning_id}/{recipe}",
        storage=open_storage(settings),
        sampler=_sampler(plan.request, number),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=BEFORE_PRUNING),
        direction="maximize",
        load_if_exists=True,
    )


def _sampler(request: Request, number: int) -> "BaseSampler":
    """Return the sampler of one trial; a seed shared by workers would give them the same values."""
    from optuna.samplers import RandomSampler, TPESampler

    seed = request.seed * 100_003 + number
    if request.sampler == TPE:
        return TPESampler(
            seed=seed, multivariate=True, n_startup_trials=STARTUP, constant_liar=True
        )
    return RandomSampler(seed=seed)  # of a grid, the plan fixes every value
