"""A folder of numpy arrays and one JSON document, written all at once or not at all; no pickle."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.core.errors import AisleError
from aisle.core.files import new_folder

ARRAYS = "arrays"
DOCUMENT = "artifact.json"

Array = NDArray[Any]


def save_artifact(folder: Path, document: Mapping[str, Any], arrays: Mapping[str, Array]) -> Path:
    """Write `document` and `arrays` to `folder`, replacing what was there; return the folder."""
    with new_folder(folder) as draft:
        (draft / ARRAYS).mkdir()
        for name, array in arrays.items():
            np.save(draft / ARRAYS / f"{name}.npy", _storable(array), allow_pickle=False)
        (draft / DOCUMENT).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    return folder


def load_artifact(folder: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the document and the arrays of `folder`."""
    if not (folder / DOCUMENT).is_file():
        raise AisleError(
            f"{folder} holds no {DOCUMENT}, so it is not a saved model: save one first."
        )
    document: dict[str, Any] = json.loads((folder / DOCUMENT).read_text())
    arrays = {
        path.stem: np.load(path, allow_pickle=False)
        for path in sorted((folder / ARRAYS).glob("*.npy"))
    }
    return document, arrays


def _storable(array: Array) -> Array:
    """Return text of Python objects as fixed-width unicode, which needs no pickle."""
    return array.astype(np.str_) if array.dtype == object else array
