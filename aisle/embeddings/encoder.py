"""What every encoder is: a name, a revision of its weights, and rows of unit length."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Content = TypeVar("Content", contravariant=True)


class Encoder(Protocol[Content]):
    """Turns contents (texts, or PIL images) into vectors. The same revision gives the same ones."""

    @property
    def name(self) -> str:
        """What it is called in manifests and folders."""

    @property
    def revision(self) -> str:
        """A hash or a commit that changes with the weights: part of each vector's cache key."""

    @property
    def dimensions(self) -> int:
        """The width of a vector. May load the weights."""

    def encode(self, contents: Sequence[Content]) -> Vectors:
        """Return one row of unit length per content; zeros where there is nothing to encode."""


def unit_rows(vectors: NDArray[np.floating]) -> Vectors:
    """Return the rows as float32 of length one; a row of zeros stays one."""
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit
