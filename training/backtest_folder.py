"""The folder of a backtest: one run at a time writes it, and nothing else lies in it."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aisle.core.errors import AisleError
from aisle.core.files import write_json

REQUEST = "backtest.json"


@contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Hold `out` for one run; a folder made for it goes again if nothing was put in."""
    was_there = out.exists()
    if was_there and not out.is_dir():
        raise AisleError(_foreign(out))
    out.mkdir(parents=True, exist_ok=True)
    handle = os.open(out, os.O_RDONLY)  # the folder is its own lock: no file is added to it
    try:
        _lock(handle, out)
        try:
            yield
        finally:
            if not was_there and not any(out.iterdir()):
                out.rmdir()
    finally:
        os.close(handle)


def _lock(handle: int, out: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AisleError(
            f"Another `aisle backtest` is writing {out}: wait until it has finished, or name "
            "another folder with --out."
        ) from None


@contextmanager
def claimed(out: Path, request: Mapping[str, Any]) -> Iterator[None]:
    """Make `out` the folder of this backtest; a refusal takes the claim back."""
    held = (out / REQUEST).exists()
    _claim(out, request)
    try:
        yield
    except AisleError:
        if not held:
            (out / REQUEST).unlink()
        raise


def _claim(out: Path, request: Mapping[str, Any]) -> None:
    """Write down what `out` is for; refuse a folder that holds anything else."""
    marker = out / REQUEST
    if marker.is_file():
        held = json.loads(marker.read_text(encoding="utf-8"))
        if held != request:
            raise AisleError(
                f"{out} holds the backtest {held}, which is not the one asked for: name another "
                "folder with --out, or remove this one."
            )
        return
    if any(out.iterdir()):
        raise AisleError(_foreign(out))
    write_json(marker, request)


def _foreign(out: Path) -> str:
    return f"{out} is there and holds no backtest: name a new or an empty folder with --out."
