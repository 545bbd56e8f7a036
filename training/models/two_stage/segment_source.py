"""What people described alike buy, as a source of candidates and a feature of the ranker."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from training.dataset import Dataset
from training.models.base import Params
from training.models.history import recent_interactions, recent_popularity
from training.models.segment_popularity import find_segments, segment_lifts
from training.split import pairs


@dataclass(frozen=True)
class SegmentSource:
    """Log popularity of the pool, and by how much it is higher in a user's segments."""

    name: str
    depth: int
    popularity: np.ndarray  # pool: logarithm of recent buyers
    members: sparse.csr_matrix  # users x segments, ones
    lifts: np.ndarray  # segments x pool

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x pool."""
        scores: np.ndarray = self.popularity + self.members[users] @ self.lifts
        return scores.astype(np.float32, copy=False)


def segment_source(dataset: Dataset, pool: np.ndarray, params: Params, depth: int) -> SegmentSource:
    """Return popularity by segment in the last weeks of `dataset`; attributes make segments.

    Whatever is an attribute of users is one: age band, region, the store they go to.
    """
    window_days = int(params["window_days"])
    members = find_segments(dataset, int(params["min_feature_count"])).members
    bought = pairs(recent_interactions(dataset, window_days), dataset.shape)[:, pool]
    lifts = np.zeros((members.shape[1], pool.size), dtype=np.float32)
    sold = np.flatnonzero(bought.getnnz(axis=0))
    lifts[:, sold] = segment_lifts(members, bought[:, sold], float(params["smoothing"]))
    popularity = np.log1p(recent_popularity(dataset, window_days)[pool])
    return SegmentSource("segments", depth, popularity.astype(np.float32), members, lifts)
