"""What a model is fitted on, and the snapshot folder it is read from."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from aisle.core.errors import AisleError
from aisle.core.files import new_folder
from aisle.core.item_events import ORDERS
from aisle.core.windows import Window, Windows, adjacent_windows
from training.item_vectors import ItemVectors, keep_vectors
from training.split import Task, Truth, known_before, truth

INTERACTION_COLUMNS = ["user_index", "item_index", "order_index", "interacted_at", "known_at"]
FEATURE_KEYS = ["cutoff", "event_timestamp"]


@dataclass(frozen=True)
class Dataset:
    """Everything known before `cutoff`. An index is a position in `user_ids` or `item_ids`.

    Both id arrays are sorted and cover the whole snapshot, so that indices agree in all windows.
    Features are aligned to them, one row each, empty where nothing was known at the cutoff.
    """

    cutoff: datetime
    user_ids: np.ndarray
    item_ids: np.ndarray
    interactions: pd.DataFrame  # user_index, item_index, order_index: int32; the moments
    user_features: pd.DataFrame
    item_features: pd.DataFrame
    # By kind (text, image): items x dimensions, float32, zeros where nothing was known; read when
    # asked for.
    item_vectors: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of users and items."""
        return self.user_ids.size, self.item_ids.size

    def before(self, cutoff: datetime) -> "Dataset":
        """Return what had happened and was known before an earlier cutoff.

        Features stay as they are, so only those that hardly change may be learned from.
        """
        rows = self.interactions
        if "known_at" in rows:
            is_before = known_before(rows, cutoff)
        else:
            is_before = rows["interacted_at"] < cutoff
        return replace(self, cutoff=cutoff, interactions=rows[is_before])


@dataclass(frozen=True)
class SnapshotTables:
    """The frames a snapshot is written from; ids are text.

    interactions: user_id, item_id, order_id, interacted_at, known_at · users: user_id
    items: item_id, title
    user_features / item_features: cutoff, user_id / item_id, and any features known at that cutoff
    kind: the event that counts as an interaction
    item_vectors: published files of vectors by their kind (training/item_vectors.py)
    feature_service: the service of Feast that features were asked of
    """

    interactions: pd.DataFrame
    users: pd.DataFrame
    items: pd.DataFrame
    user_features: pd.DataFrame
    item_features: pd.DataFrame
    kind: str = ORDERS
    item_vectors: Mapping[str, Path] = field(default_factory=dict)
    feature_service: str = ""


@dataclass(frozen=True)
class Snapshot:
    """One frozen state of the shop: all interactions up to `as_of`, and its evaluation windows."""

    folder: Path
    snapshot_id: str
    as_of: datetime
    windows: Windows
    user_ids: np.ndarray
    item_ids: np.ndarray
    interactions: pd.DataFrame
    kind: str = ORDERS  # the event that counts as an interaction
    feature_service: str = ""  # that features were asked of; empty where that was not recorded

    @property
    def data_until(self) -> datetime:
        """When the last interaction happened: a later snapshot with the same end knows no more."""
        last: datetime = self.interactions["interacted_at"].max().to_pydatetime()
        return last

    def dataset(self, name: str) -> Dataset:
        """Return what was known before one of `windows.cutoffs`: validation, test_1, …, end."""
        cutoff = self._cutoff(name)
        return Dataset(
            cutoff=cutoff,
            user_ids=self.user_ids,
            item_ids=self.item_ids,
            interactions=self.interactions[known_before(self.interactions, cutoff)],
            user_features=_features(self.folder / "user_features.parquet", cutoff, self.user_ids),
            item_features=_features(self.folder / "item_features.parquet", cutoff, self.item_ids),
            item_vectors=ItemVectors(self.folder, cutoff, self.item_ids),
        )

    def truth(self, window: Window, task: Task) -> Truth:
        """Return what users bought in `window`, as `task` counts it."""
        shape = (self.user_ids.size, self.item_ids.size)
        return truth(self.known_after(window), window, task, shape)

    def known_after(self, window: Window) -> pd.DataFrame:
        """Return the interactions by which `window` may be judged.

        Choices are made when the validation window ends, so by what of it was known then.
        """
        if window != self.windows.validation:
            return self.interactions
        return self.interactions[self.interactions["known_at"] < window.end]

    def _cutoff(self, name: str) -> datetime:
        cutoffs = self.windows.cutoffs
        if name not in cutoffs:
            raise AisleError(f"Unknown cutoff {name!r}: choose one of {', '.join(cutoffs)}.")
        return cutoffs[name]


def write_snapshot(
    folder: Path, tables: SnapshotTables, *, snapshot_id: str, as_of: datetime, windows: Windows
) -> Path:
    """Write a snapshot folder, replacing what was there, and return it; ids become indices."""
    users = tables.users.sort_values("user_id")
    items = tables.items.sort_values("item_id")
    interactions = _indexed(tables.interactions, users["user_id"], items["item_id"])
    frames = {
        "interactions": interactions,
        "users": users,
        "items": items,
        "user_features": tables.user_features,
        "item_features": tables.item_features,
    }
    with new_folder(folder) as draft:
        for name, frame in frames.items():
            frame.to_parquet(draft / f"{name}.parquet", index=False)
        for name, published in tables.item_vectors.items():
            keep_vectors(published, draft, name)
        asked = {"interactions": tables.kind, "feature_service": tables.feature_service}
        document = {**asked, **_document(snapshot_id, as_of, windows)}
        (draft / "snapshot.json").write_text(json.dumps(document, indent=1) + "\n")
    return folder


def read_snapshot(folder: Path) -> Snapshot:
    """Return the snapshot in `folder`; features are read when a dataset is asked for."""
    if not (folder / "snapshot.json").is_file():
        raise AisleError(f"{folder} holds no snapshot: run `aisle train snapshot` first.")
    with _telling_damage(folder):
        document = json.loads((folder / "snapshot.json").read_text())
        return Snapshot(
            folder=folder,
            snapshot_id=document["snapshot_id"],
            as_of=datetime.fromisoformat(document["as_of"]),
            windows=_windows(document["windows"]),
            user_ids=_ids(folder / "users.parquet", "user_id"),
            item_ids=_ids(folder / "items.parquet", "item_id"),
            interactions=pd.read_parquet(folder / "interactions.parquet"),
            kind=document["interactions"],
            feature_service=document.get("feature_service", ""),
        )


@contextmanager
def _telling_damage(folder: Path) -> Iterator[None]:
    """Refuse a snapshot whose files are lost or not as they were written."""
    try:
        yield
    except (ValueError, KeyError, OSError) as error:  # Arrow's own errors are among these
        told = str(error).strip().splitlines() or [type(error).__name__]
        raise AisleError(
            f"The snapshot {folder} is damaged ({told[0]}): start a new training, which freezes "
            "a new one (`aisle train snapshot --run NAME`, or `make run`)."
        ) from error


def read_dataset(folder: Path, cutoff_name: str) -> Dataset:
    """Return what the snapshot in `folder` knew before a cutoff: validation, test_1, …, end."""
    return read_snapshot(folder).dataset(cutoff_name)


def _indexed(interactions: pd.DataFrame, user_ids: pd.Series, item_ids: pd.Series) -> pd.DataFrame:
    """Return interactions in time order with positions instead of ids."""
    indexed = pd.DataFrame(
        {
            "user_index": _positions(interactions["user_id"], user_ids),
            "item_index": _positions(interactions["item_id"], item_ids),
            "order_index": pd.factorize(interactions["order_id"])[0].astype(np.int32),
            "interacted_at": interactions["interacted_at"].to_numpy("datetime64[us]"),
            "known_at": interactions["known_at"].to_numpy("datetime64[us]"),
        }
    )
    return indexed.sort_values(["interacted_at", "user_index", "item_index"], ignore_index=True)


def _positions(values: pd.Series, ids: pd.Series) -> np.ndarray:
    """Return where each value stands in `ids`."""
    codes, unique = pd.factorize(values)
    positions = pd.Index(ids.astype(str)).get_indexer(pd.Index(unique).astype(str))
    if (positions < 0).any():
        missing = list(unique[positions < 0][:3])
        raise AisleError(
            f"Interactions name a {ids.name} that its table does not hold, such as {missing}: "
            "rebuild the marts (`aisle transform`) and publish them again."
        )
    return positions[codes].astype(np.int32)


def _features(path: Path, cutoff: datetime, ids: np.ndarray) -> pd.DataFrame:
    """Return the feature rows of one cutoff in the order of `ids`."""
    with _telling_damage(path.parent):
        frame = pd.read_parquet(path, filters=[("cutoff", "==", pd.Timestamp(cutoff))])
    key = "user_id" if "user_id" in frame else "item_id"
    frame = frame.drop(columns=[name for name in FEATURE_KEYS if name in frame])
    return frame.set_index(key).reindex(ids).reset_index(drop=True)


def _ids(path: Path, column: str) -> np.ndarray:
    """Return one column of ids as an array of text."""
    return pd.read_parquet(path, columns=[column])[column].astype(str).to_numpy(dtype=object)


def _document(snapshot_id: str, as_of: datetime, windows: Windows) -> dict[str, object]:
    """Return what snapshot.json says."""
    return {
        "snapshot_id": snapshot_id,
        "as_of": as_of.isoformat(),
        "horizon_hours": windows.horizon.total_seconds() / 3600,
        "windows": {name: moment.isoformat() for name, moment in windows.cutoffs.items()},
    }


def _windows(moments: Mapping[str, str]) -> Windows:
    """Return the windows that snapshot.json names."""
    cutoffs = {name: datetime.fromisoformat(moment) for name, moment in moments.items()}
    horizon = cutoffs["test_1"] - cutoffs["validation"]
    return adjacent_windows(cutoffs["end"], horizon, tests=len(cutoffs) - 2)
