"""What Feast's registry says: views, their features, and who asks for them."""

from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from aisle.core.errors import AisleError
from aisle.core.feature_store import open_store
from aisle.core.settings import Settings


class RegisteredFeature(NamedTuple):
    """One feature as Feast knows it."""

    name: str
    type: str
    description: str
    services: tuple[str, ...]


class RegisteredView(NamedTuple):
    """One view as Feast knows it, and the file that its history is read from."""

    name: str
    description: str
    entity: str
    keys: tuple[str, ...]
    owner: str
    tags: dict[str, str]
    time_to_live: timedelta | None
    is_online: bool
    is_pushed: bool
    file: Path | None
    timestamp: str
    features: tuple[RegisteredFeature, ...]


def registered_views(settings: Settings) -> list[RegisteredView]:
    """Return the views of the registry by entity and name; those computed on request come last."""
    store = open_store(settings)
    askers = _askers(store.list_feature_services())
    views = [_stored(view, askers) for view in store.list_feature_views()]
    views += [_computed(view, askers) for view in store.list_on_demand_feature_views()]
    if not views:
        raise AisleError(
            f"Feast's registry in {settings.feast} has no views yet: run `aisle apply-features`."
        )
    return sorted(views, key=lambda view: (view.file is None, view.entity, view.name))


def _askers(services: list[Any]) -> dict[tuple[str, str], list[str]]:
    """Return the names of the services that ask for each (view, feature)."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for service in sorted(services, key=lambda service: str(service.name)):
        for projection in service.feature_view_projections:
            for feature in projection.features:
                found[projection.name, feature.name].append(service.name)
    return found


def _stored(view: Any, askers: dict[tuple[str, str], list[str]]) -> RegisteredView:
    source = view.batch_source
    path = getattr(source, "path", None)
    return RegisteredView(
        name=view.name,
        description=view.description,
        entity=", ".join(view.entities),
        keys=tuple(view.join_keys),
        owner=view.owner,
        tags=dict(view.tags),
        time_to_live=view.ttl or None,
        is_online=view.online,
        is_pushed=bool(view.stream_source),
        file=Path(path) if path else None,
        timestamp=getattr(source, "timestamp_field", "") or "",
        features=_features(view, askers),
    )


def _computed(view: Any, askers: dict[tuple[str, str], list[str]]) -> RegisteredView:
    return RegisteredView(
        name=view.name,
        description=view.description,
        entity="on request",
        keys=(),
        owner=view.owner,
        tags=dict(view.tags),
        time_to_live=None,
        is_online=True,
        is_pushed=False,
        file=None,
        timestamp="",
        features=_features(view, askers),
    )


def _features(view: Any, askers: dict[tuple[str, str], list[str]]) -> tuple[RegisteredFeature, ...]:
    return tuple(
        RegisteredFeature(
            name=feature.name,
            type=str(feature.dtype),
            description=feature.description,
            services=tuple(askers.get((view.name, feature.name), ())),
        )
        for feature in view.features
    )
