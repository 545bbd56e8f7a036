"""Reads and writes rows of the online store: one view, one entity, through Feast's provider.

`get_online_features` answers the same values, and spends about twice the processor time on what it
does around the read; when a row is from, which freshness is judged by, is only in its protobuf.
"""

import math
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from aisle.core.errors import AisleError

if TYPE_CHECKING:
    from feast import FeatureStore, FeatureView
    from feast.protos.feast.types.Value_pb2 import Value

# Most features are of these kinds, and a request reads hundreds: they go past Feast's long way.
SINGLE = {"string_val", "bool_val", "int32_val", "int64_val", "float_val", "double_val"}
# What Redis says of a row that is not there, and when a row is from that always held.
ALWAYS = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class OnlineRow:
    """What is online of one entity in one view: values by feature, and when they held."""

    values: Mapping[str, Any]
    event_at: datetime  # naive UTC


@dataclass(frozen=True)
class _Fields:
    """The fields of a view in the hash that Redis holds of an entity, and their spelling there."""

    asked: list[str]
    hashed: list[bytes | str]


class OnlineViews:
    """The views that are online, as Feast's registry had them when this was made."""

    def __init__(self, store: "FeatureStore") -> None:
        self._config = store.config
        self._provider = store.provider
        self.are_read_at_once = store.config.online_store.type == "redis"
        self._fields: dict[str, _Fields] = {}
        self.views: dict[str, FeatureView] = {
            view.name: view for view in store.list_feature_views() if view.online
        }

    def of_entities(self, join_keys: Collection[str]) -> "list[FeatureView]":
        """Return the views that need no other keys than these, sorted by name."""
        known = set(join_keys)
        found = [view for view in self.views.values() if known.issuperset(view.join_keys)]
        return sorted(found, key=lambda view: str(view.name))

    def read(self, view_name: str, keys: Mapping[str, str]) -> OnlineRow | None:
        """Return what is online of an entity (join key → id), however old; None when nothing is.

        Keys that the view does not need are ignored. Raises what `store_failures` names where the
        store does not answer.
        """
        view = self._view(view_name)
        names = [feature.name for feature in view.features]
        entity = _entity_key({key: keys[key] for key in view.join_keys})
        ((event_at, values),) = self._provider.online_read(
            self._config, view, [entity], list(names)
        )
        return _online_row(names, event_at, values)

    def read_at_once(
        self, views: "Collection[FeatureView]", keys: Mapping[str, str]
    ) -> dict[str, OnlineRow | None]:
        """Return what `read` says of each view, by name: from Redis in one round trip.

        Feast's own read of one view is a round trip, and most of what five of them cost.
        """
        if not self.are_read_at_once:
            return {view.name: self.read(view.name, keys) for view in views}
        store = self._provider.online_store
        commands = []
        for view in views:
            entity = _entity_key({key: keys[key] for key in view.join_keys})
            (redis_key,) = store._generate_redis_keys_for_entities(self._config, [entity])
            commands.append((redis_key, self._fields_of(view).hashed))
        replies = store._read_hash_fields(self._config, commands)
        return {
            view.name: self._row_of(view, reply) for view, reply in zip(views, replies, strict=True)
        }

    def _fields_of(self, view: "FeatureView") -> "_Fields":
        if view.name not in self._fields:
            store = self._provider.online_store
            asked, hashed = store._generate_hset_keys_for_features(view)
            self._fields[view.name] = _Fields(asked, hashed)
        return self._fields[view.name]

    def _row_of(self, view: "FeatureView", reply: list[bytes | None]) -> OnlineRow | None:
        ((event_at, values),) = self._provider.online_store._convert_redis_values_to_protobuf(
            [reply], view.name, self._fields_of(view).asked
        )
        return _online_row([feature.name for feature in view.features], event_at, values)

    def write(
        self,
        view_name: str,
        keys: Mapping[str, str],
        row: OnlineRow,
        seconds_to_live: int | None = None,
    ) -> None:
        """Write one row, whatever is there; Redis forgets its key after `seconds_to_live`.

        Features that the row does not name become null.
        """
        from feast.type_map import python_values_to_proto_values

        view = self._view(view_name)
        values = {
            feature.name: python_values_to_proto_values(
                [row.values.get(feature.name)], feature.dtype.to_value_type()
            )[0]
            for feature in view.features
        }
        entity = _entity_key({key: keys[key] for key in view.join_keys})
        rows = [(entity, values, row.event_at.replace(tzinfo=UTC), None)]
        config = self._config
        if seconds_to_live is not None and config.online_store.type == "redis":
            config = config.model_copy(deep=True)
            config.online_store.key_ttl_seconds = seconds_to_live
        self._provider.online_write_batch(config, view, rows, None)

    def _view(self, name: str) -> "FeatureView":
        if name not in self.views:
            raise AisleError(
                f"Feast's registry does not know the online view {name}: "
                "run `aisle apply-features`."
            )
        return self.views[name]


def store_failures() -> tuple[type[Exception], ...]:
    """Return the errors that mean: the online store does not answer, or not now."""
    if find_spec("redis") is None:  # the extra `redis`
        return (sqlite3.Error, OSError)
    from redis.exceptions import RedisError

    return (sqlite3.Error, OSError, RedisError)


def python_value(value: "Value") -> Any:
    """Return a value as Python has it; None for null and for what is no number."""
    kind = value.WhichOneof("val")
    if kind is None:
        return None
    if kind not in SINGLE:
        return _of_another_kind(value)
    plain = getattr(value, kind)
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def _of_another_kind(value: "Value") -> Any:
    from feast.type_map import feast_value_type_to_python_type

    return feast_value_type_to_python_type(value)


def _online_row(
    names: list[str], event_at: datetime | None, values: "Mapping[str, Value] | None"
) -> OnlineRow | None:
    if event_at is None or values is None:
        return None
    plain = {name: python_value(values[name]) if name in values else None for name in names}
    if event_at == ALWAYS and all(value is None for value in plain.values()):
        return None
    return OnlineRow(plain, event_at.astimezone(UTC).replace(tzinfo=None))


def _entity_key(keys: Mapping[str, str]) -> Any:
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey
    from feast.protos.feast.types.Value_pb2 import Value

    ids = [Value(string_val=entity_id) for entity_id in keys.values()]
    return EntityKey(join_keys=list(keys), entity_values=ids)
