"""Folders of runs beside each other, perhaps behind a pointer: a free name, and which ones stay."""

import shutil
from pathlib import Path

MANIFEST = "manifest.json"
POINTER = "current"
PUBLICATIONS_KEPT = 3
BUILDS_KEPT = 50  # a chain that runs every 15 minutes makes some of them an hour
TRAININGS_KEPT = 10  # each holds a copy of the data that it saw


def free_folder(parent: Path, name: str) -> Path:
    """Return a folder that does not exist: what is published again never disturbs a reader."""
    folder, attempt = parent / name, 1
    while folder.exists():
        attempt += 1
        folder = parent / f"{name}.{attempt}"
    return folder


def remove_old(parent: Path, keep: int = PUBLICATIONS_KEPT, marker: str = MANIFEST) -> None:
    """Remove all but the newest folders that hold `marker`; the pointer's own always stays."""
    current = (parent / POINTER).resolve()
    folders = [
        path for path in parent.glob("*") if (path / marker).exists() and not path.is_symlink()
    ]
    newest_first = sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in newest_first[keep:]:
        if folder != current:
            shutil.rmtree(folder)
