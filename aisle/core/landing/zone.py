"""What has landed, and deliveries that land whole."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aisle.core.landing.active_file import sync

KINDS = ("events", "products", "customers")
QUARANTINE = "quarantine"  # rows that an import refused, with their reasons; no kind of record
SAMPLE = "complete-journey"  # the delivery of the sample shop
SUFFIXES = (".jsonl", ".jsonl.gz")


def landed_files(landing: Path, kind: str) -> list[Path]:
    """Return the complete files of one kind, in a stable order."""
    found = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(landing / kind)
        for name in names
        if name.endswith(SUFFIXES)
    ]
    return [Path(path) for path in sorted(found)]  # texts sort in a tenth of the time of paths


def has_landed(landing: Path) -> bool:
    """Tell whether any event file has landed."""
    return bool(landed_files(landing, "events"))


def has_landed_from_a_shop(landing: Path) -> bool:
    """Tell whether anything but the sample has landed, even without any event."""
    found = [path for kind in (*KINDS, QUARANTINE) for path in landed_files(landing, kind)]
    return any(not path.name.startswith(f"{SAMPLE}.") for path in found)


@contextmanager
def delivery(landing: Path) -> Iterator[Path]:
    """Yield a private folder; on success what is in it appears in the landing zone.

    Each entry of `events/`, `products/`, `customers/` and `quarantine/`, a file or a whole folder,
    appears in one rename, the events last: a kill never leaves half of one. After a crash the
    private folder is left-over rubbish that nobody reads.
    """
    landing.mkdir(parents=True, exist_ok=True)
    incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=landing))
    try:
        yield incoming
        entries = [path.relative_to(incoming) for path in incoming.glob("*/*")]
        for name in sorted(entries, key=_events_last):
            _move_durably(incoming / name, landing / name)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _events_last(name: Path) -> tuple[bool, Path]:
    """Order the catalogue before the events: a kill in between must not look like a delivery."""
    return name.parts[0] == "events", name


def _move_durably(source: Path, target: Path) -> None:
    """Rename a file or folder, all of it and its new name on disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for path in (source, *source.rglob("*")):
        sync(path)
    if target.is_dir():  # a folder cannot be renamed over one that holds something
        target.rename(source.with_name(f".replaced-{target.name}"))
    os.replace(source, target)
    for folder in (target.parent, target.parent.parent):  # the kind may be new
        sync(folder)
