"""A folder of numpy arrays and one JSON document, written all at once or not at all; no pickle."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.core.errors import AisleError, DamagedModel
from aisle.core.files import new_folder

ARRAYS = "arrays"
DOCUMENT = "artifact.json"
CHECKSUMS = "sha256"  # the key of artifact.json that only this module writes and reads
WHOLE_DOCUMENT = ""  # the name under which the document's own checksum stands

Array = NDArray[Any]


def save_artifact(folder: Path, document: Mapping[str, Any], arrays: Mapping[str, Array]) -> Path:
    """Write `document` and `arrays` to `folder`, replacing what was there; return the folder.

    The document also keeps the SHA-256 of every array and of itself, which loading compares.
    """
    with new_folder(folder) as draft:
        (draft / ARRAYS).mkdir()
        as_read: dict[str, Any] = json.loads(json.dumps(document))  # keys become text, once
        checksums = {WHOLE_DOCUMENT: _checksum_of(as_read)}
        for name, array in arrays.items():
            path = draft / ARRAYS / f"{name}.npy"
            np.save(path, _storable(array), allow_pickle=False)
            checksums[name] = file_checksum(path)
        text = json.dumps({**as_read, CHECKSUMS: checksums}, indent=1, sort_keys=True)
        (draft / DOCUMENT).write_text(text + "\n", encoding="utf-8")
    return folder


def load_artifact(folder: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the document and the arrays of `folder`; refuse files that are not as saved."""
    document = _read_document(folder)
    checksums = document.pop(CHECKSUMS, None)
    if not isinstance(checksums, dict) or checksums.pop(WHOLE_DOCUMENT, "") != _checksum_of(
        document
    ):
        raise _damaged(folder / DOCUMENT, "its content does not have the checksum it states")
    paths = {path.stem: path for path in sorted((folder / ARRAYS).glob("*.npy"))}
    for name in sorted({*paths, *checksums}):
        _check_array(folder / ARRAYS / f"{name}.npy", checksums.get(name))
    return document, {name: np.load(path, allow_pickle=False) for name, path in paths.items()}


def file_checksum(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_document(folder: Path) -> dict[str, Any]:
    path = folder / DOCUMENT
    if not path.is_file():
        raise AisleError(
            f"{folder} holds no {DOCUMENT}, so it is not a saved model: save one first."
        )
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # neither UTF-8 nor JSON
        raise _damaged(path, "it is not JSON any more") from error
    if not isinstance(document, dict):
        raise _damaged(path, "it holds no JSON object")
    return document


def _check_array(path: Path, expected: str | None) -> None:
    """Refuse an array that is missing, was not saved with the others, or has changed."""
    if expected is None:
        raise _damaged(path, f"{DOCUMENT} knows no such array")
    if not path.is_file():
        raise _damaged(path, "it is missing")
    if file_checksum(path) != expected:
        raise _damaged(path, f"its checksum is not the one in {DOCUMENT}")


def _damaged(path: Path, reason: str) -> DamagedModel:
    return DamagedModel(
        f"The model file {path} is damaged ({reason}): restore it from a copy, or put another "
        "version in its place (`aisle history`, `aisle promote VERSION`)."
    )


def _checksum_of(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _storable(array: Array) -> Array:
    """Return text of Python objects as fixed-width unicode, which needs no pickle."""
    return array.astype(np.str_) if array.dtype == object else array
