"""How much each source of a blend counts: coordinate search on the validation weeks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.metrics import ndcg
from training.models.base import CurvePoint

K = 10
FACTORS = (2.0, 1.4)  # how far one step changes a weight, coarse first
SWEEPS = 8  # at most, per factor
LEAST_GAIN = 1e-5


@dataclass(frozen=True)
class CandidateTable:
    """Candidates of some users, padded to the longest list."""

    signals: Mapping[str, np.ndarray]  # each users x candidates, float32
    is_candidate: np.ndarray  # users x candidates
    is_new: np.ndarray  # users x candidates: not bought before
    is_relevant: np.ndarray  # users x candidates: bought in the truth weeks
    next_count: np.ndarray  # users: items to find, candidates or not
    discovery_count: np.ndarray  # users

    def quality(self, weights: Mapping[str, float]) -> tuple[float, float]:
        """Return NDCG@10 of next and of discovery when signals are added with these weights."""
        scores = np.zeros(self.is_candidate.shape, dtype=np.float32)
        for name, weight in weights.items():
            scores += np.float32(weight) * self.signals[name]
        return (
            self._ndcg(scores, self.is_candidate, self.next_count),
            self._ndcg(scores, self.is_candidate & self.is_new, self.discovery_count),
        )

    def _ndcg(self, scores: np.ndarray, is_allowed: np.ndarray, counts: np.ndarray) -> float:
        """Return the mean NDCG@10 over users with anything to find."""
        has_truth = counts > 0
        if not has_truth.any():
            return 0.0
        k = min(K, scores.shape[1])
        allowed = np.where(is_allowed, scores, np.float32(-np.inf))
        best = np.argpartition(-allowed, k - 1, axis=1)[:, :k]
        ranked = np.take_along_axis(allowed, best, axis=1).argsort(axis=1, kind="stable")[:, ::-1]
        best = np.take_along_axis(best, ranked, axis=1)
        found = np.take_along_axis(self.is_relevant & is_allowed, best, axis=1)
        return float(ndcg(found[has_truth], counts[has_truth], K).mean())


def search_weights(
    table: CandidateTable, start: Mapping[str, float]
) -> tuple[dict[str, float], list[CurvePoint]]:
    """Return weights with the best sum of next and discovery NDCG@10, and the curve of gains."""
    weights, best = dict(start), table.quality(start)
    curve = [best]
    for factor in FACTORS:
        for _ in range(SWEEPS):
            before = sum(best)
            for name in weights:
                for value in (weights[name] * factor, weights[name] / factor):
                    quality = table.quality({**weights, name: value})
                    if sum(quality) > sum(best) + LEAST_GAIN:
                        weights, best = {**weights, name: value}, quality
            curve.append(best)
            if sum(best) <= before:
                break
    return weights, [
        CurvePoint(f"validation_blend_{task}_ndcg_at_{K}", step, quality[place])
        for step, quality in enumerate(curve)
        for place, task in enumerate(("next", "discovery"))
    ]
