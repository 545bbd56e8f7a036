"""What an earlier model, or that of another shop, learned as the start of the next one's fit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, sparse

from training.dataset import Dataset
from training.models.lightfm_fit import Embeddings, Start
from training.models.lightfm_inputs import LightFMInputs


@dataclass(frozen=True)
class Learned:
    """Embeddings with the names of what they belong to: ids, then features."""

    user_names: Sequence[str]
    item_names: Sequence[str]
    embeddings: Embeddings

    @classmethod
    def of(cls, dataset: Dataset, inputs: LightFMInputs, embeddings: Embeddings) -> "Learned":
        """Return a copy: the next epoch of the same fit overwrites the embeddings."""
        names = user_names(dataset, inputs), item_names(dataset, inputs)
        return cls(*names, _copied(embeddings))

    def start(self, dataset: Dataset, inputs: LightFMInputs) -> Start:
        """Return the start of a fit on `inputs`; users, items, features that are new have none."""
        users, items = user_names(dataset, inputs), item_names(dataset, inputs)
        gradients = self.embeddings.gradients
        start = self._carried(self.embeddings, users, items)
        return (
            start
            if gradients is None
            else replace(start, gradients=self._carried(gradients, users, items))
        )

    def _carried(self, values: Embeddings, users: list[str], items: list[str]) -> Start:
        return Start(
            users=carried(self.user_names, values.user_features, users),
            items=carried(self.item_names, values.item_features, items),
            item_biases=carried(self.item_names, values.item_biases[:, None], items)[:, 0],
        )


@dataclass(frozen=True)
class ContentMap:
    """Ridge regression from what is told of items to the vectors that a model has of them."""

    weights: np.ndarray  # content x components, float32
    mean: np.ndarray  # components

    def vectors(self, content: sparse.csr_matrix) -> np.ndarray:
        """Return float32, items x components; the mean vector for an item without content."""
        mapped: np.ndarray = np.asarray(content @ self.weights, dtype=np.float32) + self.mean
        return mapped


def fit_content_map(content: sparse.csr_matrix, vectors: np.ndarray, penalty: float) -> ContentMap:
    """Return the map fitted on items that have both.

    content: items x content, such as one column per kind and maker · vectors: items x components
    """
    mean = vectors.mean(axis=0)
    gram = np.asarray((content.T @ content).todense(), dtype=np.float64)
    gram[np.diag_indices_from(gram)] += penalty
    target = np.asarray(content.T @ (vectors - mean), dtype=np.float64)
    weights = linalg.solve(gram, target, assume_a="pos")
    return ContentMap(weights.astype(np.float32), mean.astype(np.float32))


def carried(names: Sequence[str], values: np.ndarray, wanted: Sequence[str]) -> np.ndarray:
    """Return the rows of the wanted names; NaN where a name is not among those known."""
    place = {name: row for row, name in enumerate(names)}
    rows = np.array([place.get(name, -1) for name in wanted], dtype=np.intp)
    found = np.full((rows.size, values.shape[1]), np.nan, dtype=np.float32)
    found[rows >= 0] = values[rows[rows >= 0]]
    return found


def _copied(state: Embeddings) -> Embeddings:
    return Embeddings(
        state.user_features.copy(),
        state.item_features.copy(),
        state.item_biases.copy(),
        None if state.gradients is None else _copied(state.gradients),
    )


def user_names(dataset: Dataset, inputs: LightFMInputs) -> list[str]:
    """Return what LightFM's user embeddings belong to: ids of the trained, then features."""
    trained = np.unique(inputs.weights.row)
    return [f"id {name}" for name in dataset.user_ids[trained]] + inputs.user_preparation.names


def item_names(dataset: Dataset, inputs: LightFMInputs) -> list[str]:
    """Return what LightFM's item embeddings belong to: ids of the active, then features."""
    return [f"id {name}" for name in dataset.item_ids[inputs.pool]] + inputs.item_preparation.names
