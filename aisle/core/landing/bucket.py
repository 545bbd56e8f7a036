"""A landing zone in a bucket: one immutable object for each group of lines, fetched once."""

import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from fsspec.core import url_to_fs

from aisle.core.clock import wall_clock
from aisle.core.errors import AisleError
from aisle.core.landing.active_file import sync
from aisle.core.landing.sinks import COLLECTED, partition

KINDS = ("quarantine", "events")
DATE = re.compile(r"date=(\d{4}-\d\d-\d\d)")
NAME = re.compile(r"date=\d{4}-\d\d-\d\d/hour=\d\d/[^./][^/]*\.jsonl")
COMPLETE = ".complete"  # marks a day of which all objects are fetched
PUT_SECONDS = (
    0.2  # between two objects: under load the lines wait for each other, not for a put each
)
SETTLED = timedelta(days=2)  # after which nothing more arrives for a day
OBJECTS_AT_ONCE = 64
BYTES_AT_ONCE = 32 * 2**20


def open_bucket(url: str) -> tuple[Any, str]:
    """Return the file system of a URL such as `s3://bucket/prefix`, and the path in it."""
    try:
        system, root = url_to_fs(url, skip_instance_cache=True, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise AisleError(
            f"AISLE_LANDING_URL={url} cannot be opened ({error}): `s3://` needs the extra `s3` "
            "(`pip install 'aisle[s3]'`); other stores need their fsspec package."
        ) from error
    return system, root.rstrip("/")


@dataclass
class BucketSink:
    """Puts each group of lines as one object; nothing grows and nothing is rotated."""

    url: str
    kind: str
    name: str
    _sequence: int = 0
    _opened: tuple[Any, str] | None = field(default=None, init=False)
    _put_at: float = 0.0

    def write(self, block: bytes, now: float) -> None:
        """Put the lines; a name is never used twice, also not after a put that failed."""
        self._opened = self._opened or open_bucket(self.url)
        system, root = self._opened
        self._sequence += 1
        time.sleep(max(0.0, self._put_at + PUT_SECONDS - time.monotonic()))
        self._put_at = time.monotonic()
        folder = partition(self.kind, now)
        system.pipe_file(f"{root}/{folder}/{self.name}-{self._sequence:06d}.jsonl", block)

    def seconds_left(self, now: float) -> float | None:
        """Return nothing: an object is complete at once."""
        return None

    def rotate(self) -> None:
        """Do nothing: an object is complete at once."""


def fetch(url: str, landing: Path) -> int:
    """Bring every object that is not here yet into the landing folder; return how many came.

    Each appears whole, in one rename, and stays on disk through a loss of power; a kill in the
    middle leaves the rest for the next time.
    """
    system, root = open_bucket(url)
    try:
        return sum(_fetch_kind(system, f"{root}/{kind}", landing / kind) for kind in KINDS)
    except Exception as error:  # object stores raise what they like
        if isinstance(error, OSError) and error.filename and Path(error.filename).is_absolute():
            raise  # of the local disk
        raise AisleError(
            f"{url} (AISLE_LANDING_URL) cannot be read ({type(error).__name__}: {error}): check "
            "the address, the credentials (AWS_… variables) and the network, then run "
            "`aisle load-raw` again. Nothing was loaded."
        ) from error


def _fetch_kind(system: Any, root: str, folder: Path) -> int:
    fetched = 0
    for day in _days(system, f"{root}/{COLLECTED}"):
        target = folder / COLLECTED / day
        if (target / COMPLETE).exists():
            continue
        now = wall_clock()
        for group in _groups(_missing(system, f"{root}/{COLLECTED}", day, folder / COLLECTED)):
            fetched += _download(system, group)
        if datetime.fromisoformat(day.removeprefix("date=")) + SETTLED < now and target.is_dir():
            (target / COMPLETE).touch()
    return fetched


def _days(system: Any, root: str) -> list[str]:
    try:
        found = system.ls(root, detail=False)
    except FileNotFoundError:
        if not system.exists(root.partition("/")[0]):
            raise  # the bucket itself, which a wrong address names
        return []
    return sorted(name for path in found if DATE.fullmatch(name := PurePosixPath(path).name))


def _missing(system: Any, root: str, day: str, folder: Path) -> list[tuple[str, int, Path]]:
    """Return path, size and local target of the day's objects that are not here."""
    found = system.find(f"{root}/{day}", detail=True)
    wanted = []
    for path, details in sorted(found.items()):
        name = path.removeprefix(f"{root}/")
        if NAME.fullmatch(name) and not (folder / name).exists():
            wanted.append((path, int(details["size"]), folder / name))
    return wanted


def _groups(
    wanted: list[tuple[str, int, Path]],
) -> Iterator[dict[str, Path]]:
    """Yield what to download together, bounded by number and bytes."""
    group: dict[str, Path] = {}
    size = 0
    for path, bytes_, target in wanted:
        if group and (len(group) >= OBJECTS_AT_ONCE or size + bytes_ > BYTES_AT_ONCE):
            yield group
            group, size = {}, 0
        group[path], size = target, size + bytes_
    if group:
        yield group


def _download(system: Any, group: dict[str, Path]) -> int:
    contents = system.cat(list(group))
    for path, target in group.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=".fetched-", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(contents[path])
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, 0o644)
        os.rename(draft, target)
    for folder in {target.parent for target in group.values()}:
        sync(folder)
    return len(group)
