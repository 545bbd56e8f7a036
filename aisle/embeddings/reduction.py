"""Fewer dimensions by principal components, fitted on the catalogue and kept as arrays."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aisle.core.artifact import load_artifact, save_artifact
from aisle.embeddings.encoder import Vectors, unit_rows

SIZES = (32, 64, 128)  # candidates beside the encoder's own size
MOST_ROWS = 50_000  # to fit on


@dataclass(frozen=True)
class Projection:
    """`mean` (width) and `components` (size x width), the strongest first. Size 0: all stays."""

    mean: Vectors
    components: Vectors

    @property
    def width(self) -> int:
        """The dimensions of what it projects."""
        return len(self.mean)

    @property
    def size(self) -> int:
        """The dimensions of what comes out."""
        return len(self.components) or self.width

    @property
    def basis(self) -> str:
        """A short hash: vectors can be compared with each other within one basis only."""
        content = self.mean.tobytes() + self.components.tobytes()
        return hashlib.sha256(content).hexdigest()[:16]

    def __call__(self, vectors: Vectors) -> Vectors:
        """Return the vectors in fewer dimensions, of unit length; zeros stay zeros."""
        if not len(self.components):
            return vectors
        says_something = vectors.any(axis=1, keepdims=True)
        return unit_rows(((vectors - self.mean) @ self.components.T) * says_something)

    def cut(self, size: int) -> "Projection":
        """Return the projection to its strongest `size` components; to all if that is the width."""
        if size >= self.width:
            return Projection(np.zeros_like(self.mean), self.components[:0])
        return Projection(self.mean, self.components[:size])


def candidate_sizes(width: int, rows: int) -> list[int]:
    """Return the sizes to try, the encoder's own last; few rows span few dimensions."""
    return [size for size in SIZES if size < min(width, rows)] + [width]


def fit_projection(vectors: Vectors) -> Projection:
    """Return the principal components of the vectors, as many as the largest smaller candidate."""
    width = vectors.shape[1]
    sizes = candidate_sizes(width, len(vectors))[:-1]
    if not sizes:
        nothing = np.zeros((0, width), dtype=np.float32)
        return Projection(np.zeros(width, dtype=np.float32), nothing)
    from sklearn.decomposition import PCA

    step = -(-len(vectors) // MOST_ROWS)
    fitted = PCA(max(sizes), svd_solver="covariance_eigh").fit(vectors[::step])
    return Projection(
        fitted.mean_.astype(np.float32).reshape(-1), fitted.components_.astype(np.float32)
    )


def save_projection(folder: Path, projection: Projection, document: dict[str, object]) -> None:
    """Write a projection as arrays, with what it was fitted for."""
    arrays = {"mean": projection.mean, "components": projection.components}
    save_artifact(folder, document, arrays)


def load_projection(folder: Path) -> tuple[Projection, dict[str, object]]:
    """Return a saved projection and what it was fitted for."""
    document, arrays = load_artifact(folder)
    return Projection(arrays["mean"], arrays["components"]), document
