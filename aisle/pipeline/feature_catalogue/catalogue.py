"""Gather the catalogue from Feast, dbt and the published files, and write its page."""

import json
import logging
from datetime import datetime
from pathlib import Path

from aisle.core.files import write_text
from aisle.core.settings import Settings
from aisle.core.warehouse import published_folder, read_manifest
from aisle.pipeline.feature_catalogue.dbt_tables import DescribedTable, described_tables
from aisle.pipeline.feature_catalogue.entries import (
    Catalogue,
    Champion,
    Feature,
    Importance,
    Links,
    View,
    Worth,
)
from aisle.pipeline.feature_catalogue.measuring import Look, look_at
from aisle.pipeline.feature_catalogue.page import render
from aisle.pipeline.feature_catalogue.registry import (
    RegisteredFeature,
    RegisteredView,
    registered_views,
)

log = logging.getLogger(__name__)

PAGE = "index.html"
SELECTION = "features.json"


def write_catalogue(settings: Settings, champion: tuple[str, str] | None) -> Path:
    """Write the page of all features and return it; `champion` is a version and its recipe."""
    page = settings.feature_catalogue / PAGE
    catalogue = gather(settings, champion)
    write_text(page, render(catalogue))
    log.info("%d features of %d views", len(catalogue.features), len(catalogue.views))
    return page


def gather(settings: Settings, champion: tuple[str, str] | None) -> Catalogue:
    """Return what the page says."""
    manifest = read_manifest(published_folder(settings))
    as_of, build_id = datetime.fromisoformat(manifest["as_of"]), str(manifest["build_id"])
    tables = described_tables(settings, build_id)
    views = tuple(
        _view(view, tables, look_at(settings, view, as_of)) for view in registered_views(settings)
    )
    return Catalogue(
        as_of=as_of,
        build_id=build_id,
        views=views,
        champion=_champion(settings, champion) if champion else None,
        selection=read_importance(settings.feature_selection / SELECTION),
        links=Links(_dbt_docs(settings), _mlflow(settings)),
    )


def _view(view: RegisteredView, tables: dict[str, DescribedTable], look: Look | None) -> View:
    table = tables.get(view.file.stem) if view.file else None
    features = tuple(_feature(view, feature, table, look) for feature in view.features)
    return View(
        name=view.name,
        description=view.description or (table.description if table else ""),
        entity=view.entity,
        keys=view.keys,
        owner=view.owner,
        tags=view.tags,
        time_to_live=view.time_to_live,
        is_online=view.is_online,
        is_pushed=view.is_pushed,
        services=tuple(sorted({name for feature in features for name in feature.services})),
        table=view.file.stem if view.file else None,
        dbt_id=table.dbt_id if table else None,
        rows=look.rows if look else None,
        newest_at=look.newest_at if look else None,
        features=features,
    )


def _feature(
    view: RegisteredView,
    feature: RegisteredFeature,
    table: DescribedTable | None,
    look: Look | None,
) -> Feature:
    described = table.columns.get(feature.name, "") if table else ""
    return Feature(
        name=feature.name,
        view=view.name,
        entity=view.entity,
        type=feature.type,
        meaning=described or feature.description,
        services=feature.services,
        measured=look.columns.get(feature.name) if look else None,
    )


def _champion(settings: Settings, champion: tuple[str, str]) -> Champion:
    version, recipe = champion
    return Champion(
        version, recipe, read_importance(settings.feature_importance / f"{version}.json")
    )


def read_importance(path: Path) -> Importance | None:
    """Return the importances that a training or a selection wrote; None if none has."""
    if not path.is_file():
        return None
    document = json.loads(path.read_text(encoding="utf-8"))
    return Importance(
        measure=str(document["measure"]),
        by_feature={
            (row["view"], row["feature"]): Worth(
                float(row["importance"]), float(row["standard_error"])
            )
            for row in document["features"]
        },
    )


def _dbt_docs(settings: Settings) -> str | None:
    """Return where dbt's pages lie from the catalogue's, if there are any."""
    return "../dbt_docs/index.html" if (settings.dbt_docs / "index.html").is_file() else None


def _mlflow(settings: Settings) -> str:
    if settings.mlflow_uri.startswith(("http://", "https://")):
        return settings.tracking_address
    return f"http://127.0.0.1:{settings.mlflow_port}"
