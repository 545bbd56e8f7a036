"""Files and folders that appear whole or not at all, whenever the process is killed."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any) -> None:
    """Write JSON in one rename: a reader meets the old file or the new one."""
    write_text(path, json.dumps(content, indent=2, default=str, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write text in one rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(name, 0o644)  # mkstemp gives the owner alone a look at it
    os.replace(name, path)


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Yield the name of a private file that becomes `target` on success and goes on failure.

    It ends like `target`, since some writers choose a format by the suffix.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a private folder that becomes `target` on success and goes on failure.

    A folder that stood at `target` steps aside only when the new one is complete.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    aside = target.with_name(f".{target.name}-replaced-{os.getpid()}")
    try:
        yield draft
        draft.chmod(0o755)
        if target.exists():
            target.rename(aside)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(aside, ignore_errors=True)


def point_to(pointer: Path, target: Path) -> None:
    """Make the symbolic link `pointer` lead to `target` (beside it) in one step."""
    draft = pointer.with_name(f".{pointer.name}-{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target.name, target_is_directory=True)
    os.replace(draft, pointer)
