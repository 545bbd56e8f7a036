"""A landing zone in a bucket: one immutable object for each group of lines, fetched once."""

import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from fsspec.core import url_to_fs

from aisle.core.clock import wall_clock
from aisle.core.errors import AisleError
from aisle.core.landing.active_file import sync_names
from aisle.core.landing.sinks import COLLECTED, partition

KINDS = ("quarantine", "events")
DATE = re.compile(r"date=(\d{4}-\d\d-\d\d)")
NAME = re.compile(r"[a-z]+/collector/date=\d{4}-\d\d-\d\d/hour=\d\d/[^./][^/]*\.jsonl")
COMPLETE = ".complete"  # marks a day of which all objects are fetched
PUT_SECONDS = 0.2  # between two objects at least: what comes meanwhile goes into one
SETTLED = timedelta(days=3)  # after its beginning, when nothing more arrives for a day
PROBE = "ready"  # an object without content, put to see whether the bucket can be written
PROBE_SECONDS = 5.0
OBJECTS_AT_ONCE = 64
BYTES_AT_ONCE = 32 * 2**20


def shown(url: str) -> str:
    """Return a URL for people and logs: without the name and the password that it may hold."""
    return re.sub(r"^([^:/]+://)[^/]*@", r"\1", url)


def open_bucket(url: str) -> tuple[Any, str]:
    """Return the file system of a URL such as `s3://bucket/prefix`, and the path in it."""
    try:
        system, root = url_to_fs(url, skip_instance_cache=True, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise AisleError(
            f"AISLE_LANDING_URL={shown(url)} cannot be opened ({error}): `s3://` needs the extra "
            "`s3` (`pip install 'aisle[s3]'`); other stores need their fsspec package."
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

    def write(self, blocks: Sequence[bytes], now: float) -> None:
        """Put the lines; a name is never used twice, also not after a put that failed."""
        self._opened = self._opened or open_bucket(self.url)
        system, root = self._opened
        self._sequence += 1
        time.sleep(max(0.0, self._put_at + PUT_SECONDS - time.monotonic()))
        self._put_at = time.monotonic()
        folder = partition(self.kind, now)
        system.pipe_file(
            f"{root}/{folder}/{self.name}-{self._sequence:06d}.jsonl", b"".join(blocks)
        )

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
    bucket = _Bucket(url, *open_bucket(url))
    return sum(_fetch_kind(bucket, kind, landing) for kind in KINDS)


def days_in(url: str) -> int:
    """Return how many days hold events; raise with what to do when the bucket cannot be read."""
    return len(_Bucket(url, *open_bucket(url)).days(f"events/{COLLECTED}"))


class BucketProbe:
    """Tells whether a bucket can be written now, and never takes longer than a probe may."""

    def __init__(self, url: str, seconds: float = PROBE_SECONDS) -> None:
        self._url, self._seconds = url, seconds
        self._guard = threading.Lock()
        self._asking: Future[None] | None = None

    def trouble(self) -> str | None:
        """Return why nothing can be put there, and what to do; None when it can.

        It puts one object without content, always the same. While the store does not answer, no
        second question is asked.
        """
        with self._guard:
            if self._asking is None or self._asking.done():
                self._asking = _in_background(self._put)
            asking = self._asking
        try:
            asking.result(self._seconds)
        except TimeoutError:
            reason = f"no answer within {self._seconds:g} s"
        except Exception as error:  # object stores raise what they like
            reason = f"{type(error).__name__}: {error}"
        else:
            return None
        return (
            f"{shown(self._url)} (AISLE_LANDING_URL) cannot be written ({reason}): check the "
            "address, the credentials (AWS_… variables), their rights and the network"
        )

    def _put(self) -> None:
        system, root = open_bucket(self._url)
        system.pipe_file(f"{root}/{PROBE}", b"")


def _in_background(task: Callable[[], None]) -> "Future[None]":
    """Run a task in a thread that nobody waits for when the process ends."""
    future: Future[None] = Future()

    def run() -> None:
        try:
            task()
        except BaseException as error:  # whoever asks for the result gets it
            future.set_exception(error)
        else:
            future.set_result(None)

    threading.Thread(target=run, daemon=True, name="bucket-probe").start()
    return future


@dataclass(frozen=True)
class _Bucket:
    """Reads a bucket; whatever its store raises becomes one message for people."""

    url: str
    system: Any
    root: str

    def days(self, folder: str) -> list[str]:
        """Return the names of the days that hold objects, in order; none of a new bucket."""
        with self._told():
            try:
                found = self.system.ls(f"{self.root}/{folder}", detail=False)
            except FileNotFoundError:
                if not self.system.exists(self.root.partition("/")[0]):
                    raise  # the bucket itself, which a wrong address names
                return []
        return sorted(name for path in found if DATE.fullmatch(name := PurePosixPath(path).name))

    def sizes(self, folder: str) -> dict[str, int]:
        """Return name below the root and bytes of the objects of a folder, in order."""
        with self._told():
            found = self.system.find(f"{self.root}/{folder}", detail=True)
        start = f"{self.root}/"
        return {path.removeprefix(start): int(found[path]["size"]) for path in sorted(found)}

    def read(self, names: list[str]) -> dict[str, bytes]:
        """Return the content of each object."""
        with self._told():
            found = self.system.cat([f"{self.root}/{name}" for name in names])
        return {name: found[f"{self.root}/{name}"] for name in names}

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # object stores raise what they like
            raise AisleError(
                f"{shown(self.url)} (AISLE_LANDING_URL) cannot be read ({type(error).__name__}: "
                f"{error}): check the address, the credentials (AWS_… variables) and the network, "
                "then run `aisle load-raw` again. Nothing was loaded."
            ) from error


def _fetch_kind(bucket: _Bucket, kind: str, landing: Path) -> int:
    fetched = 0
    settled = f"date={wall_clock() - SETTLED:%Y-%m-%d}"
    for day in bucket.days(f"{kind}/{COLLECTED}"):
        folder = f"{kind}/{COLLECTED}/{day}"
        if (landing / folder / COMPLETE).exists():
            continue
        for group in _groups(_missing(bucket.sizes(folder), landing)):
            fetched += _download(bucket, group, landing)
        if day < settled and (landing / folder).is_dir():
            (landing / folder / COMPLETE).touch()
    return fetched


def _missing(sizes: dict[str, int], landing: Path) -> dict[str, int]:
    return {
        name: size
        for name, size in sizes.items()
        if NAME.fullmatch(name) and not (landing / name).exists()
    }


def _groups(sizes: dict[str, int]) -> Iterator[list[str]]:
    """Yield what to download together, bounded by number and bytes."""
    group: list[str] = []
    total = 0
    for name, size in sizes.items():
        if group and (len(group) >= OBJECTS_AT_ONCE or total + size > BYTES_AT_ONCE):
            yield group
            group, total = [], 0
        group.append(name)
        total += size
    if group:
        yield group


def _download(bucket: _Bucket, names: list[str], landing: Path) -> int:
    for name, content in bucket.read(names).items():
        target = landing / name
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=".fetched-", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, 0o644)
        os.rename(draft, target)
    for folder in {(landing / name).parent for name in names}:
        sync_names(folder, landing)
    return len(names)
