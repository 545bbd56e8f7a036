"""LightFM's hybrid as a source of candidates and a feature of the ranker."""

from dataclasses import dataclass

import numpy as np

from training.dataset import Dataset
from training.models.base import Params
from training.models.lightfm_fit import Vectors, fit_chosen
from training.models.lightfm_inputs import lightfm_inputs
from training.models.pool_scores import standardised


@dataclass(frozen=True)
class LightFMSource:
    """LightFM's scores on one scale for all users; items it was not trained on get the lowest."""

    name: str
    depth: int
    vectors: Vectors  # items: those LightFM was trained on
    places: np.ndarray  # where these stand in the pool
    pool_size: int

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x pool."""
        scores = standardised(self.vectors.scores(users))
        everywhere = np.repeat(scores.min(axis=1, keepdims=True), self.pool_size, axis=1)
        everywhere[:, self.places] = scores
        return everywhere


def lightfm_source(
    dataset: Dataset, pool: np.ndarray, params: Params, threads: int
) -> LightFMSource:
    """Return LightFM fitted on everything in `dataset`, with identities beside features."""
    settings = params["lightfm"]
    inputs = lightfm_inputs(dataset, settings)
    vectors = fit_chosen(inputs, settings, threads=threads).vectors(
        inputs.user_rows, inputs.pool_rows
    )
    kept = np.isin(inputs.pool, pool)
    trained = Vectors(vectors.users, vectors.items[kept], vectors.item_biases[kept])
    places = np.searchsorted(pool, inputs.pool[kept])
    return LightFMSource("lightfm", int(params["sources"]["lightfm"]), trained, places, pool.size)
