"""The landing zone: complete, immutable files of JSON lines, one folder per kind of record."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KINDS = ("events", "products", "customers")
SUFFIXES = (".jsonl", ".jsonl.gz")


def landed_files(landing: Path, kind: str) -> list[Path]:
    """Return the complete files of one kind, in a stable order."""
    folder = landing / kind
    return sorted(path for path in folder.rglob("*") if path.name.endswith(SUFFIXES))


def has_landed(landing: Path) -> bool:
    """Tell whether any event file has landed."""
    return bool(landed_files(landing, "events"))


@contextmanager
def delivery(landing: Path) -> Iterator[Path]:
    """Yield a private folder; on success its files appear in the landing zone, one rename each.

    Readers never see a half-written file: names starting with a dot are not read, and a
    rename within one file system is atomic. After a crash the private folder is left-over
    rubbish that nobody reads.
    """
    landing.mkdir(parents=True, exist_ok=True)
    incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=landing))
    try:
        yield incoming
        names = [path.relative_to(incoming) for path in incoming.rglob("*") if path.is_file()]
        for name in sorted(names, key=_events_last):
            _move_durably(incoming / name, landing / name)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _events_last(name: Path) -> tuple[bool, Path]:
    """Order the catalogue before the events: a kill in between must not look like a delivery."""
    return name.parts[0] == "events", name


def _move_durably(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(source, target)
