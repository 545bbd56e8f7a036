"""A full disk: how to recognise it in any library's error, and what to say about it."""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from aisle.core.errors import AisleError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # EFBIG: a limit on the size of files
# DuckDB, SQLite, Arrow and MLflow pass on the machine's words or have their own.
WORDS = (
    "no space left on device",
    "disk quota exceeded",
    "file too large",
    "database or disk is full",
    "max_temp_directory_size",
)
NEEDED_MIB = 200


def is_disk_full(error: BaseException) -> bool:
    """Return whether a full disk is behind an error, directly or as its cause."""
    return any(_says_full(one) for one in with_causes(error))


def describe_disk_full(error: BaseException, workspace: Path) -> str:
    """Return what happened, where, how much is free, and what to do."""
    path = next((_path(one) for one in with_causes(error) if _path(one)), None) or workspace
    return (
        f"The disk is full at {path} ({_free(path)} free). What this command was writing is "
        "discarded and what was there before stays as it was: free some space, or set AISLE_HOME "
        "to a larger disk, and run it again."
    )


def require_room(workspace: Path) -> None:
    """Raise before anything starts when the disk is as good as full."""
    free = shutil.disk_usage(_existing(workspace)).free / 2**20
    if free < NEEDED_MIB:
        raise AisleError(
            f"Only {free:.0f} MiB are free for {workspace}, and a run needs at least {NEEDED_MIB} "
            "MiB: free some space, or set AISLE_HOME to a larger disk."
        )


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    text = str(error).lower()
    return any(words in text for words in WORDS)


def with_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _path(error: BaseException) -> Path | None:
    name = error.filename if isinstance(error, OSError) else None
    return Path(name) if isinstance(name, str) else None


def _free(path: Path) -> str:
    return f"{shutil.disk_usage(_existing(path)).free / 2**20:.1f} MiB"


def _existing(path: Path) -> Path:
    absolute = path.absolute()
    return next(folder for folder in (absolute, *absolute.parents) if folder.exists())
