"""What tasks do, in processes of their own that can be killed; imported once and then forked."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

# What a child would import itself, a second or more each time, is there before the fork.
import ibis.backends.duckdb  # noqa: F401
import mlflow.pyfunc
import mlflow.store.model_registry.sqlalchemy_store
import mlflow.store.tracking.sqlalchemy_store  # noqa: F401

from aisle.core.feature_store import _without_runtime_type_checks
from aisle.core.settings import Settings
from aisle.pipeline.features import apply_features, materialize_features
from aisle.pipeline.load_raw import load_raw
from aisle.pipeline.publish import publish
from aisle.serving.publish_lists import publish_lists
from aisle.serving.warm import warm_lists

with _without_runtime_type_checks():
    import feast.infra.offline_stores.duckdb
    import feast.infra.online_stores.sqlite
    import feast.repo_operations  # noqa: F401

FRACTIONS = (0.1, 0.35, 0.6, 0.85)  # of a command's life; each kill falls near one of them
SPREAD = 0.1


def load(home: Path) -> None:
    """Do what the task `load_raw.load` does."""
    load_raw(_settings(home))


def publish_marts(home: Path, build: str) -> None:
    """Do what the task `build_warehouse.publish` does."""
    publish(_settings(home), build)


def apply(home: Path) -> None:
    """Do what the task `refresh_features.apply` does."""
    apply_features(_settings(home))


def materialize(home: Path) -> None:
    """Do what the task `refresh_features.materialize` does."""
    materialize_features(_settings(home))


def publish_recommendations(home: Path, run: str, k: int) -> None:
    """Do what the task `publish_recommendations.publish` does."""
    publish_lists(_settings(home), run, k)


def warm(home: Path) -> None:
    """Do what the task `publish_recommendations.warm` does."""
    warm_lists(_settings(home))


class Server:
    """Runs commands in children, and kills them."""

    def __init__(self) -> None:
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])

    def run(self, command: Callable[..., None], *arguments: object) -> float:
        """Run a command to its good end; return how many seconds it took."""
        with self._started(command, *arguments) as child:
            started = time.monotonic()
            child.join()
            assert child.exitcode == 0, f"{command.__name__} ended with {child.exitcode}"
            return time.monotonic() - started

    def kill(self, after_seconds: float, command: Callable[..., None], *arguments: object) -> None:
        """Start a command and kill it after a while, unless it has ended well by then."""
        with self._started(command, *arguments) as child:
            child.join(after_seconds)
            child.kill()
            child.join()
            assert child.exitcode in (0, -9), f"{command.__name__} ended with {child.exitcode}"

    @contextmanager
    def _started(
        self, command: Callable[..., None], *arguments: object
    ) -> Iterator[ForkServerProcess]:
        child = self._context.Process(target=command, args=arguments)
        child.start()
        try:
            yield child
        finally:
            child.kill()
            child.join()
            child.close()


def _settings(home: Path) -> Settings:
    return Settings(home=home, mlflow_uri="")
