"""A place the machine refuses to read or write: how to recognise that, and what to say about it."""

import errno
from pathlib import Path

from aisle.core.disk import with_causes

DENIED = {
    errno.EACCES: "is not allowed to this user",
    errno.EPERM: "is not allowed to this user",
    errno.EROFS: "is not possible on a read-only disk",
    errno.ENOTDIR: "is not possible below a file",
    errno.EISDIR: "is not possible: it is a folder",
}


def describe_denied(error: BaseException) -> str | None:
    """Return what to say where a denied file or folder is behind an error; None elsewhere."""
    for one in with_causes(error):
        if isinstance(one, OSError) and one.errno in DENIED and one.filename:
            return (
                f"Using {Path(_text(one.filename))} {DENIED[one.errno]} ({one.strerror}): change "
                "who may use it, or set AISLE_HOME to a folder where you may write, and run it "
                "again."
            )
    return None


def _text(name: object) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)
