"""The signals a blend adds up: LightFM, popularity, and a user's own purchases."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from training.dataset import Dataset
from training.models.base import Params
from training.models.history import recent_popularity
from training.models.lightfm_fit import Vectors
from training.models.lightfm_inputs import LightFMInputs
from training.models.pool_scores import PoolScores
from training.models.repeat import repeat_signals


@dataclass(frozen=True)
class BlendSources:
    """One score of each kind: per user and item, per item, per user and bought item."""

    hybrid: PoolScores
    popularity: np.ndarray  # items
    repeat: dict[str, sparse.csr_matrix]  # users x items, all with the same entries

    @property
    def names(self) -> list[str]:
        """What the weights are called."""
        return ["hybrid", "popularity", *self.repeat]

    def own(self, user: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return the items a user bought before and their repeat signals."""
        rows = {name: matrix[user] for name, matrix in self.repeat.items()}
        first = next(iter(rows.values()))
        return first.indices, {name: row.data for name, row in rows.items()}


def blend_sources(
    dataset: Dataset, inputs: LightFMInputs, vectors: Vectors, params: Params
) -> BlendSources:
    """Return the signals known before the dataset's cutoff; `vectors` are the pool's."""
    popularity = recent_popularity(dataset, int(params["window_days"]))
    is_known = np.diff(inputs.user_rows.indptr) > 0
    return BlendSources(
        hybrid=PoolScores(vectors, inputs.pool, is_known, dataset.item_ids.size),
        popularity=np.log1p(popularity),
        repeat=repeat_signals(
            dataset,
            float(params["long_half_life_weeks"]),
            float(params["short_half_life_weeks"]),
        ),
    )
