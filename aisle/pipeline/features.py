"""Tell Feast what the features are (apply) and bring the newest values online (materialize)."""

import logging
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.core.errors import AisleError
from aisle.core.feature_store import FEATURE_REPO, MATERIALIZED, open_store
from aisle.core.files import write_json
from aisle.core.settings import Settings
from aisle.core.warehouse import published_folder, read_manifest

if TYPE_CHECKING:
    from feast import FeatureView

log = logging.getLogger(__name__)

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def apply_features(settings: Settings) -> list[str]:
    """Make Feast's registry say what `feature_repo/` says; return the names of the views."""
    published_folder(settings)  # Feast looks into the files, so say first if there are none
    store = open_store(settings)
    from feast.repo_operations import apply_total

    with inside_repository(FEATURE_REPO):
        apply_total(store.config, FEATURE_REPO, skip_source_validation=False)
    if store.config.online_store.type == "sqlite":
        _log_ahead(Path(store.config.online_store.path))
    return sorted(view.name for view in store.list_feature_views())


def materialize_features(settings: Settings) -> datetime:
    """Bring the newest values of the online views into the online store; return their as of.

    Each view is written whole, so a second run writes the same rows again and a killed one is
    mended by the next. A view with a push source is left to whoever makes its values.
    """
    build = published_folder(settings)
    as_of = datetime.fromisoformat(read_manifest(build)["as_of"])
    end = as_of.replace(tzinfo=UTC)
    store = open_store(settings)
    views = store.list_feature_views()
    if not views:
        raise AisleError(
            f"Feast's registry in {settings.feast} has no views yet: run `aisle apply-features`."
        )
    for view in (view for view in views if view.online and not view.stream_source):
        store.materialize(materialization_start(view, end), end, feature_views=[view.name])
        log.info("%s is online as of %s", view.name, as_of)
    write_json(settings.feast / MATERIALIZED, {"build_id": build.name, "as_of": as_of.isoformat()})
    return as_of


def _log_ahead(database: Path) -> None:
    """Let SQLite write to a log first: readers go on meanwhile, and a click costs one sync."""
    connection = sqlite3.connect(database)
    try:
        connection.execute("pragma journal_mode = wal")
    finally:
        connection.close()


def materialization_start(view: "FeatureView", end: datetime) -> datetime:
    """Return the time from which rows still hold at `end`, by the view's time to live."""
    return end - view.ttl if view.ttl else BEGINNING


@contextmanager
def inside_repository(repository: Path) -> Iterator[None]:
    """Import the repository's files as top-level modules, which Feast expects, and forget them.

    Feast changes into the folder and stays there; and modules that are kept would go on reading
    the files of the workspace that was applied first.
    """
    before = Path.cwd()
    sys.path.insert(0, str(repository))
    try:
        yield
    finally:
        os.chdir(before)
        sys.path.remove(str(repository))
        for name, module in list(sys.modules.items()):
            if Path(getattr(module, "__file__", None) or "/").parent == repository:
                del sys.modules[name]
