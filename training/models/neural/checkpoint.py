"""A fit that was killed goes on where its last whole epoch left it."""

import hashlib
import json
import logging
import pickle
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np

from aisle.core.files import new_file

log = logging.getLogger(__name__)

_FOLDER: ContextVar[Path | None] = ContextVar("checkpoint_folder", default=None)


@contextmanager
def checkpoints_in(folder: Path) -> Iterator[None]:
    """Let every fit in this context keep its epochs in `folder`; without one, none are kept."""
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)


class Checkpoint:
    """The one file in which a fit keeps its state after each epoch.

    Its name says what is fitted: another dataset, parameter or network never goes on from it.
    """

    def __init__(self, identity: str) -> None:
        folder = _FOLDER.get()
        self._file = None if folder is None else folder / f"{identity}.pt"

    def read(self) -> dict[str, Any] | None:
        """Return the state that was kept last, on the CPU; None if there is none to go on from."""
        import torch

        if self._file is None or not self._file.is_file():
            return None
        try:
            state: dict[str, Any] = torch.load(self._file, map_location="cpu", weights_only=True)
        except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
            log.warning("%s is damaged (%s): this fit starts anew", self._file, error)
            return None
        log.info("going on after epoch %s of %s", state["epoch"], self._file.name)
        return state

    def write(self, state: Mapping[str, Any]) -> None:
        """Keep the state in one rename: a kill leaves the last one or this one."""
        import torch

        if self._file is not None:
            with new_file(self._file) as draft:
                torch.save(dict(state), draft)


def identity_of(stated: Mapping[str, Any], arrays: Iterable[np.ndarray]) -> str:
    """Return a name for one fit: a hash of what is stated of it and of all it is fitted on."""
    digest = hashlib.sha256(json.dumps(stated, sort_keys=True, default=str).encode())
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:32]
