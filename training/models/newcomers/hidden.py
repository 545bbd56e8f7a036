"""What LightFM says of users whose identity it is not told: vectors of their features alone."""

import numpy as np

from training.dataset import Dataset
from training.models.features import columns_of, feature_matrix, summing_to_one
from training.models.fold_in import FoldIn
from training.models.newcomers.choice import Extra
from training.models.pool_scores import PoolScores


def folded_in(dataset: Dataset, fold_in: FoldIn, hybrid: PoolScores) -> Extra:
    """Return what scores users by their features and not by their purchases.

    The vectors of features were learned with those users among hundreds of others.
    """
    features = dataset.user_features
    prepared = fold_in.preparation.apply(columns_of(features), len(features))
    rows = summing_to_one(feature_matrix(prepared))

    def scores(users: np.ndarray, items: np.ndarray) -> np.ndarray:
        vectors = np.asarray(rows[users] @ fold_in.vectors, dtype=np.float32)
        return np.stack([hybrid.of_vector(vector)[items] for vector in vectors])

    return scores
