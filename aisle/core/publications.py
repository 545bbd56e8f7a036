"""Folders published beside each other behind one pointer: a free name, and which ones stay."""

import shutil
from pathlib import Path

MANIFEST = "manifest.json"
POINTER = "current"
PUBLICATIONS_KEPT = 3


def free_folder(parent: Path, name: str) -> Path:
    """Return a folder that does not exist: what is published again never disturbs a reader."""
    folder, attempt = parent / name, 1
    while folder.exists():
        attempt += 1
        folder = parent / f"{name}.{attempt}"
    return folder


def remove_old(parent: Path, keep: int = PUBLICATIONS_KEPT) -> None:
    """Remove all but the newest publications; the one that the pointer leads to always stays."""
    current = (parent / POINTER).resolve()
    folders = [
        path for path in parent.iterdir() if (path / MANIFEST).exists() and not path.is_symlink()
    ]
    newest_first = sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in newest_first[keep:]:
        if folder != current:
            shutil.rmtree(folder)
