"""Segment popularity: what people with the same attributes buy, smoothed towards everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.artifact import Array
from aisle.core.columns import ATTRIBUTES
from aisle.core.preparation import Preparation
from aisle.core.ranking import top_k_rows
from training.dataset import Dataset
from training.metrics import hits, ndcg
from training.models.base import POPULAR, SEGMENT, CurvePoint, Params
from training.models.catalogue import CatalogueRecommender
from training.models.early_stopping import sample_users
from training.models.features import columns_of, feature_matrix
from training.models.history import recent_interactions, recent_popularity
from training.preparation import ColumnPlan, Kind, fit_preparation, plan_columns
from training.split import Task, Truth, pairs

K = 10
PREPARATION = "user_preparation"


@dataclass(frozen=True)
class Segments:
    """Who belongs where; a segment is one value of one attribute, of numbers one fifth."""

    preparation: Preparation
    members: sparse.csr_matrix  # users x segments, ones


class SegmentPopularity(CatalogueRecommender):
    """Scores log popularity + strength x the sum of a user's segments' log lifts.

    An item's lift in a segment is its share of buyers there over its share among all, the former
    smoothed by `smoothing` average users. Attributes are found in `attributes`, whatever their
    names; values of fewer than `min_feature_count` users are no segment. Validation chooses the
    strength: attributes repeat each other, so their lifts may not simply add up.
    """

    family = "segment_popularity"
    newcomer_source: ClassVar[str] = SEGMENT

    @classmethod
    def choose(
        cls, params: Params, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
    ) -> tuple[dict[str, Any], list[CurvePoint]]:
        """Return the strength that serves users with segments best after `dataset`."""
        strengths = [float(strength) for strength in params["strengths"]]
        model = cls(params, threads=threads).fit(dataset)
        truth = truths["next"]
        users = truth.users[model.knows(truth.users)]
        sample = sample_users(dataset, truth, int(params["validation_users"]))
        users = np.intersect1d(users, sample)
        if users.size == 0:
            return {"strength": strengths[0]}, []
        relevant = truth.relevant[users]
        is_relevant, counts = relevant.toarray(), np.diff(relevant.indptr)
        values = []
        for strength in strengths:
            best = top_k_rows(model._scores(model._members[users], strength), K)
            values.append(float(ndcg(hits(best, is_relevant), counts, K).mean()))
        curves = [
            CurvePoint(f"validation_next_ndcg_at_{K}", step, value)
            for step, value in enumerate(values)
        ]
        return {"strength": strengths[int(np.argmax(values))]}, curves

    @classmethod
    def columns_read(cls, features: pd.DataFrame, params: Params) -> list[str]:
        """Return the column of attributes; that of items says nothing here."""
        return [ATTRIBUTES] if ATTRIBUTES in features else []

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return the lifted log popularity; that alone for users without a segment."""
        members = self._members[np.maximum(user_index, 0)]
        nobody = sparse.diags((user_index >= 0).astype(np.float32))
        return self._scores(sparse.csr_matrix(nobody @ members), self._strength)

    def knows(self, user_index: np.ndarray) -> np.ndarray:
        """Return which users belong to any segment."""
        is_member = np.diff(self._members.indptr) > 0
        known: np.ndarray = (user_index >= 0) & is_member[user_index]
        return known

    def score_newcomer(self, features: Mapping[str, Any]) -> np.ndarray | None:
        """Return the scores of a user with these attributes; None if they make no segment."""
        prepared = self._preparation.apply({name: [value] for name, value in features.items()}, 1)
        members = feature_matrix(prepared)
        if members.nnz == 0:
            return None
        scores: np.ndarray = self._scores(members, self._strength)[0]
        return scores

    @property
    def _strength(self) -> float:
        return float(self.params.get("chosen", {}).get("strength", self.params["strengths"][0]))

    def _scores(self, members: sparse.csr_matrix, strength: float) -> np.ndarray:
        """Return rows of `members` x all items."""
        scores = np.tile(self._log_popularity, (members.shape[0], 1))
        scores[:, self._pool] += np.float32(strength) * (members @ self._lifts)
        return scores

    def _learn(self, dataset: Dataset) -> None:
        window_days = int(self.params["window_days"])
        popularity = recent_popularity(dataset, window_days)
        self._log_popularity = np.log1p(popularity)
        bought = pairs(recent_interactions(dataset, window_days), dataset.shape)
        found = find_segments(dataset, int(self.params["min_feature_count"]))
        self._preparation, self._members = found.preparation, found.members
        buyers = np.bincount(bought.indices, minlength=dataset.item_ids.size)
        self._pool = np.flatnonzero(buyers)
        self._lifts = segment_lifts(
            found.members, bought[:, self._pool], float(self.params["smoothing"])
        )

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        is_member = self._members.indptr[user + 1] > self._members.indptr[user]
        return np.full(items.size, SEGMENT if is_member else POPULAR, dtype=object)

    def _document(self) -> dict[str, Any]:
        return {PREPARATION: self._preparation.document()}

    def _arrays(self) -> dict[str, Array]:
        return {
            "log_popularity": self._log_popularity,
            "pool": self._pool,
            "lifts": self._lifts,
            "members": self._members.indices,
            "members_starts": self._members.indptr,
        }

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        self._preparation = Preparation.from_document(document[PREPARATION])
        self._log_popularity, self._pool = arrays["log_popularity"], arrays["pool"]
        self._lifts = arrays["lifts"]
        ones = np.ones(arrays["members"].size, dtype=np.float32)
        parts = (ones, arrays["members"], arrays["members_starts"])
        self._members = sparse.csr_matrix(parts, shape=(self.user_ids.size, self._lifts.shape[0]))


def find_segments(dataset: Dataset, min_count: int) -> Segments:
    """Return the segments of all attributes that enough users with history share."""
    features = dataset.user_features
    attributes = features[[ATTRIBUTES]] if ATTRIBUTES in features else features[[]]
    history = np.bincount(dataset.interactions["user_index"], minlength=dataset.user_ids.size) > 0
    plans = []
    if not attributes.columns.empty:
        for plan in plan_columns(attributes[history]):
            kind: Kind = "category" if plan.kind == "category" else "fifths"
            plans.append(ColumnPlan(plan.name, kind, "min_max", min_count, groups_rare=False))
    preparation = fit_preparation(attributes, plans, history)
    rows = feature_matrix(preparation.apply(columns_of(attributes), len(attributes)))
    rows.data = (rows.data > 0).astype(np.float32)
    rows.eliminate_zeros()
    rows.sort_indices()
    return Segments(preparation, rows)


def segment_lifts(
    members: sparse.csr_matrix, bought: sparse.csr_matrix, smoothing: float
) -> np.ndarray:
    """Return segments x items, float32: log of the smoothed share in a segment over the overall.

    `bought`: users x items, true where a user bought it lately; only users who bought anything
    count. Every item has a buyer.
    """
    is_active = np.diff(bought.indptr) > 0
    active, taken = members[is_active], bought[is_active].astype(np.float32)
    overall = np.asarray(taken.sum(axis=0)).ravel() / max(int(is_active.sum()), 1)
    inside = (active.T @ taken).toarray()
    sizes = np.asarray(active.sum(axis=0)).reshape(-1, 1)
    share = (inside + smoothing * overall) / (sizes + smoothing)
    return np.asarray(np.log(share / overall), dtype=np.float32)
