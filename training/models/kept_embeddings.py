"""What one LightFM fit learned, kept by name for a later training: arrays and JSON, no pickle."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from aisle.core.artifact import Array, load_artifact, save_artifact
from aisle.core.errors import AisleError
from training.models.lightfm_fit import Embeddings
from training.models.transfer import Learned

Kind = Literal["choice", "fit"]
CHOICE: Kind = "choice"
FIT: Kind = "fit"
LEARNED = ("user_features", "item_features", "item_biases")
GRADIENT = "gradient_"  # before the name of an array: Adagrad's sums for it
NAMES = {"user_names": "user_features", "item_names": "item_features"}  # and what they name


@dataclass(frozen=True)
class Kept:
    """Embeddings of a fit on what was known before `cutoff`.

    How many epochs a `choice` took was decided on the weeks after its cutoff, those of a `fit` on
    weeks before it: a fit that is judged may start from a fit alone.
    """

    kind: Kind
    family: str
    cutoff: datetime
    learned: Learned

    @property
    def components(self) -> int:
        """How long a vector is."""
        return int(self.learned.embeddings.user_features.shape[1])

    def save(self, parent: Path) -> Path:
        """Write a folder of its own in `parent`, atomically, and return it."""
        embeddings = self.learned.embeddings
        document = {"kind": self.kind, "family": self.family, "cutoff": self.cutoff.isoformat()}
        arrays: dict[str, Array] = {
            "user_names": np.array(self.learned.user_names, dtype=np.str_),
            "item_names": np.array(self.learned.item_names, dtype=np.str_),
            **{name: getattr(embeddings, name) for name in LEARNED},
        }
        if embeddings.gradients is not None:
            gradients = embeddings.gradients
            arrays |= {GRADIENT + name: getattr(gradients, name) for name in LEARNED}
        folder = parent / f"{self.kind}-{self.cutoff:%Y%m%dT%H%M%S}"
        return save_artifact(folder, document, arrays)

    @classmethod
    def read(cls, folder: Path) -> "Kept":
        """Return what `save` wrote; raise AisleError for anything else."""
        try:
            document, arrays = load_artifact(folder)
            _check(arrays)
            if document["kind"] not in (CHOICE, FIT):
                raise ValueError(f"it is of an unknown kind {document['kind']!r}")
            return cls(
                kind=document["kind"],
                family=str(document["family"]),
                cutoff=datetime.fromisoformat(document["cutoff"]),
                learned=_learned(arrays),
            )
        except (AisleError, KeyError, TypeError, ValueError) as error:
            raise AisleError(
                f"{folder} does not hold the embeddings of a fit ({_told(error)}): remove it and "
                "start a new training, which then begins with older ones or with nothing."
            ) from error


def _learned(arrays: Mapping[str, Array]) -> Learned:
    embeddings = _embeddings(arrays)
    if GRADIENT + LEARNED[0] in arrays:
        embeddings = replace(embeddings, gradients=_embeddings(arrays, GRADIENT))
    return Learned(arrays["user_names"].tolist(), arrays["item_names"].tolist(), embeddings)


def _embeddings(arrays: Mapping[str, Array], prefix: str = "") -> Embeddings:
    users, items, biases = (arrays[prefix + name] for name in LEARNED)
    return Embeddings(users, items, biases)


def _check(arrays: Mapping[str, Array]) -> None:
    """Refuse arrays that do not belong together, or that LightFM could not go on from."""
    for names, values in NAMES.items():
        if arrays[values].ndim != 2 or arrays[names].shape != arrays[values].shape[:1]:
            raise ValueError(f"not a row of {values} for each of {names}")
    if arrays["item_biases"].shape != arrays["item_names"].shape:
        raise ValueError("not a bias for each of item_names")
    if arrays["user_features"].shape[1] != arrays["item_features"].shape[1]:
        raise ValueError("vectors of users and of items differ in length")
    _check_numbers(arrays)


def _check_numbers(arrays: Mapping[str, Array]) -> None:
    for name in LEARNED:
        if arrays.get(GRADIENT + name, arrays[name]).shape != arrays[name].shape:
            raise ValueError(f"not a sum of gradients for each number of {name}")
    for name in arrays.keys() - NAMES.keys():
        if arrays[name].dtype != np.float32 or not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} holds something else than finite float32 numbers")


def _told(error: Any) -> str:
    return f"it has no {error}" if isinstance(error, KeyError) else str(error)
