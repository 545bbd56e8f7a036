"""The parity gate: training, serving and the marts agree on a random sample, or the chain stops."""

import json
import logging
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from aisle.core.errors import AisleError, NothingToDo
from aisle.core.feature_store import MATERIALIZED, open_store
from aisle.core.files import write_json
from aisle.core.online_features import OnlineViews
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest
from aisle.serving.audience import Everyone, batches
from aisle.serving.features import FeatureReader
from aisle.serving.item_features import read_item_features
from aisle.serving.lists import DEFAULT_K
from aisle.serving.metrics import Metrics
from aisle.serving.neighbours import read_item_vectors
from aisle.serving.parity import Compared, Sides, compare_views
from aisle.serving.parity_lists import ListDifference, compare_lists
from aisle.serving.parity_past import Marts, Redefined, Remembered, compare_past, remember
from aisle.serving.registry import champion_version

log = logging.getLogger(__name__)

REPORT = "parity.json"  # in the folder of Feast, as the other
REMEMBERED = "parity_remembered.json"
SHOWN = 20


@dataclass(frozen=True)
class Parity:
    """What was compared, and what differs."""

    build_id: str
    views: tuple[Compared, ...]
    lists: int  # users whose lists were compared; 0 without a champion
    list_differences: tuple[ListDifference, ...]
    redefined: tuple[Redefined, ...] = ()  # features that mean something else since the last time

    @property
    def differences(self) -> list[str]:
        """Everything that differs, one line each."""
        of_views = [str(one) for compared in self.views for one in compared.differences]
        return of_views + [str(one) for one in self.list_differences]

    @property
    def values(self) -> int:
        """How many values were compared, each on all sides."""
        return sum(compared.values for compared in self.views)


def check_features(
    settings: Settings, sample: int, k: int = DEFAULT_K, *, accept_changes: bool = False
) -> Parity:
    """Compare a random sample of each view and of lists; raise naming the first that differ.

    Past values are compared with those of the last time that this passed: where the transform was
    changed and they differ, it raises too, unless such changes are accepted. Everything found is in
    `feast/parity.json`. Another build samples other keys; the same build samples the same, so that
    a failure can be looked into.
    """
    folder = published_folder(settings)
    _require_online(settings, folder)
    seed = zlib.crc32(folder.name.encode())
    sides, code = _sides(settings, folder), read_manifest(folder).get("code")
    views = tuple(compare_views(sides, sample, seed))
    remembered = _remembered(settings)
    with published_connection(settings, folder) as opened:
        redefined = tuple(compare_past(Marts(sides, opened), remembered, code))
    users = _sampled_users(settings, folder, sample, seed) if champion_version(settings) else []
    differing = compare_lists(settings, users, k) if users else []
    if published_folder(settings) != folder:
        raise NothingToDo(_newer(settings, folder.name))
    parity = Parity(folder.name, views, len(users), tuple(differing), redefined)
    write_json(settings.feast / REPORT, _report(parity))
    if parity.differences:
        raise AisleError(_message(parity, settings))
    if redefined and not accept_changes:
        raise AisleError(_redefined_message(parity, settings))
    with published_connection(settings, folder) as opened:
        kept = remember(Marts(sides, opened), remembered, code, sample, seed)
    write_json(settings.feast / REMEMBERED, kept)
    return parity


def _remembered(settings: Settings) -> Remembered:
    path = settings.feast / REMEMBERED
    if not path.exists():
        return {}
    try:
        remembered: Remembered = json.loads(path.read_text())
    except ValueError as error:
        raise AisleError(
            f"{path} is damaged ({error}): restore it from a copy, or remove it. Without it this "
            "passes once without a look at past values, and remembers them anew."
        ) from error
    return remembered


def _require_online(settings: Settings, folder: Path) -> None:
    """Refuse to compare with values that were never brought online, or are of another build."""
    path = settings.feast / MATERIALIZED
    if not path.exists():
        raise AisleError("No features are online yet: run `aisle materialize-features`.")
    online = json.loads(path.read_text())["build_id"]
    if online != folder.name:
        raise NothingToDo(_newer(settings, online))


def _newer(settings: Settings, online: str) -> str:
    return (
        f"{published_folder(settings).name} was published after the features of {online} came "
        "online, so they cannot agree: the next `aisle materialize-features` brings its own."
    )


def _sides(settings: Settings, folder: Path) -> Sides:
    store = open_store(settings)
    now = datetime.fromisoformat(read_manifest(folder)["as_of"])
    return Sides(
        store=store,
        reader=FeatureReader(OnlineViews(store), Metrics()),
        items=read_item_features(store, folder, now),
        vectors=read_item_vectors(store, now),
        marts=settings.current_marts,
        folder=folder,
        now=now,
    )


def _sampled_users(settings: Settings, folder: Path, sample: int, seed: int) -> list[str]:
    with published_connection(settings, folder) as connection:
        users = [user for batch in batches(Everyone(), connection) for user in batch]
    chance = np.random.default_rng(seed)
    chosen = chance.choice(len(users), size=min(sample, len(users)), replace=False)
    return [users[position] for position in chosen]


def _report(parity: Parity) -> dict[str, object]:
    return {
        "build_id": parity.build_id,
        "views": {
            compared.view: {
                "entities": compared.entities,
                "values": compared.values,
                "differences": [str(one) for one in compared.differences],
            }
            for compared in parity.views
        },
        "lists": parity.lists,
        "list_differences": [str(one) for one in parity.list_differences],
        "redefined": [str(one) for one in parity.redefined],
    }


def _message(parity: Parity, settings: Settings) -> str:
    found = parity.differences
    return "\n".join(
        [
            f"{len(found):,} of {parity.values:,} feature values and {parity.lists:,} lists are "
            "not the same in serving, training and the marts, so a model would be told other "
            "values than it learned from:",
            *_shown(found, settings),
            "A view in feature_repo/ or whoever writes online does not say what the mart says: "
            "mend that, then `aisle apply-features`, `aisle materialize-features` and this again.",
        ]
    )


def _redefined_message(parity: Parity, settings: Settings) -> str:
    count = len(parity.redefined)
    return "\n".join(
        [
            f"{count} features say something else of past moments than when this last passed, and "
            "the code in dbt_project/, or AISLE_TIME_ZONE, was changed since: a model that learned "
            "from the former values would be told others:",
            *_shown([str(one) for one in parity.redefined], settings),
            "If the change is a mistake, undo it and build again. If it is meant, run `aisle "
            "check-features --accept-changes`, clear this task, and see that the next training "
            "promotes a model of the new values: until then the champion meets them unlearned.",
        ]
    )


def _shown(found: list[str], settings: Settings) -> list[str]:
    left = len(found) - SHOWN
    more = [f"and {left:,} more, in {settings.feast / REPORT}"] if left > 0 else []
    return [*found[:SHOWN], *more]
