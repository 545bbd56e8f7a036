"""What all families share: from scores of index rows to recommendations of user and item ids."""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.columns import ATTRIBUTES, SESSION
from aisle.core.errors import AisleError
from aisle.core.ranking import top_k
from training.dataset import Dataset
from training.models.base import POPULAR, SEGMENT, CurvePoint, Exclusions, Params
from training.models.leading import Leading
from training.models.lists import RankedList, list_rows
from training.models.occasion import learn_occasion, visit_of
from training.models.sparse_rows import known_rows, row_items
from training.models.stored import StoredRecommender, is_hiding_seen
from training.split import Task, Truth, pairs

BATCH_USERS = 256
UNKNOWN = -1


@dataclass(frozen=True)
class _Request:
    """What all users of one call share."""

    k: int
    barred: np.ndarray | None  # mask over all items
    exclude: Exclusions
    newcomer: np.ndarray | None  # scores of all items for users nobody knows
    after: np.ndarray | None  # 0 … 1 for all items: what follows those of the visit under way
    visit: np.ndarray  # item indices of the visit under way, the oldest first


@dataclass(frozen=True)
class InVisit:
    """What users score with the visit under way as the last thing that they did."""

    is_read: np.ndarray  # of the users asked for: whose visit was read
    scores: np.ndarray  # these users x all items


class CatalogueRecommender(StoredRecommender):
    """Ranks by one score per user and item; a family says how to learn, score and store them."""

    newcomer_source: ClassVar[str] = POPULAR  # of what is made of attributes alone
    starts_warm: ClassVar[bool] = False  # whether a recipe may state `warm_start: true`
    needs: ClassVar[tuple[str, ...]] = ()  # packages that fitting takes and a shop may go without

    def fit(self, dataset: Dataset) -> Self:
        """Learn from everything in `dataset` and return self."""
        if complaint := self.complaint(self.params):
            raise AisleError(complaint)
        self.user_ids, self.item_ids = dataset.user_ids, dataset.item_ids
        self._seen = seen_items(dataset) if is_hiding_seen(self.params) else None
        self._occasion = learn_occasion(dataset, self.params)
        self._learn(dataset)
        return self

    def score(
        self, user_ids: Collection[str], item_ids: Collection[str] | None = None
    ) -> np.ndarray:
        """Return float32 scores, users x items; all items in the order of `item_ids` if None.

        A user nobody knows is scored by popularity; an item nobody knows scores minus infinity,
        and so does one that is hidden because the user has met it.
        """
        scores = self._visible_scores(positions(self.user_ids, user_ids))
        if item_ids is None:
            return scores
        wanted = positions(self.item_ids, item_ids)
        return np.where(wanted == UNKNOWN, np.float32(-np.inf), scores[:, wanted])

    def recommend(
        self,
        user_ids: Collection[str],
        k: int,
        *,
        candidates: Collection[str] | None = None,
        exclude: Exclusions | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return up to k rows a user: user_id, item_id, score, rank (from 1), source.

        `context["attributes"]`, a mapping, describes users the model does not know: a family that
        learned from attributes makes them a vector; others answer what is popular.
        `context["session"]` lists the items of the visit under way, oldest first: a model with
        `visits` in its recipe raises what is bought with them; a network may read them.
        """
        barred = None if candidates is None else self._all_but(candidates)
        users = list(user_ids)
        batches = (
            users[start : start + BATCH_USERS] for start in range(0, len(users), BATCH_USERS)
        )
        newcomer = self._newcomer(context or {})
        visit = self._known_items(visit_of(context or {}))
        after = self._occasion.after_visit(visit)
        request = _Request(k, barred, exclude or {}, newcomer, after, visit)
        parts = [self._recommend_batch(batch, request) for batch in batches]
        return pd.concat(parts, ignore_index=True) if parts else list_rows([], [], self.item_ids)

    @classmethod
    def choose(
        cls, params: Params, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
    ) -> tuple[dict[str, Any], list[CurvePoint]]:
        """Return what the truth after `dataset` decides, and curves; nothing by default."""
        return {}, []

    @classmethod
    def complaint(cls, params: Params) -> str:
        """Return why no fit can be made with these parameters; nothing where one can."""
        return ""

    @classmethod
    def columns_read(cls, features: pd.DataFrame, params: Params) -> list[str]:
        """Return the columns of user or item features that are learned from; none by default."""
        return []

    @abstractmethod
    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return float32 scores, users x all items; index -1 is a user nobody knows."""

    def leading(self, user_index: np.ndarray) -> Iterable[Leading]:
        """Return for each of some known users the items that can lead their list, or nothing.

        A family whose scores of few items stand above all others saves the row of all items. It
        may say nothing; the lists are the same.
        """
        return ()

    def score_in_visit(self, user_index: np.ndarray, visit: np.ndarray) -> InVisit | None:
        """Return what `score_users` does for some, a visit being the last thing that they did.

        visit: item indices, the oldest first. None where a family reads no visit, or nothing of it.
        """
        return None

    def knows(self, user_index: np.ndarray) -> np.ndarray:
        """Return which users there is something personal for; index -1 is a user nobody knows."""
        known: np.ndarray = user_index >= 0
        return known

    def score_newcomer(self, features: Mapping[str, Any]) -> np.ndarray | None:
        """Return scores of all items for a user known by features only; None if that says nothing.

        The keys are the columns of `Dataset.user_features`. Without `newcomers` in its recipe, a
        family that uses none returns None.
        """
        return self._occasion.of_features(features)

    def beside_segments(self, user_index: np.ndarray) -> np.ndarray | None:
        """Return what a family adds to popularity by segment for users without history.

        It is what its `score_newcomer` adds for the same features; None for nothing.
        """
        return None

    @abstractmethod
    def _learn(self, dataset: Dataset) -> None:
        """Fit; ids are already set."""

    @abstractmethod
    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        """Return where each recommended item of a known user comes from."""

    def _visible_scores(
        self,
        user_index: np.ndarray,
        newcomer: np.ndarray | None = None,
        in_visit: InVisit | None = None,
    ) -> np.ndarray:
        """Return the family's scores; items to be hidden from their user score minus infinity.

        `newcomer` is what users score of whom the model knows nothing.
        """
        scores = self.score_users(user_index)
        welcomed = self._occasion.is_welcomed(user_index)
        if welcomed.any():
            scores[welcomed] = self._welcome(user_index[welcomed])
        if newcomer is not None:
            scores[~self.knows(user_index) & ~welcomed] = newcomer
        if in_visit is not None:
            scores[in_visit.is_read] = in_visit.scores
        if self._seen is not None:
            for place, items, _ in known_rows(self._seen, user_index):
                scores[place, items] = -np.inf
        return scores

    def _welcome(self, user_index: np.ndarray) -> np.ndarray:
        """Return the scores of all items for users without history who belong to a segment."""
        scores, more = self._occasion.welcome(user_index), self.beside_segments(user_index)
        return scores if more is None else scores + more

    def _recommend_batch(self, user_ids: list[str], request: _Request) -> pd.DataFrame:
        """Return the rows of one batch of users."""
        index = positions(self.user_ids, user_ids)
        hidden = [self._known_items(request.exclude.get(user, ())) for user in user_ids]
        lists = self._short_lists(index, hidden, request)
        others = np.setdiff1d(np.arange(index.size), list(lists)).astype(int)
        if others.size:
            whole = self._whole_lists(index[others], [hidden[one] for one in others], request)
            lists |= dict(zip(others.tolist(), whole, strict=True))
        ranked = [lists[place] for place in range(index.size)]
        return list_rows(user_ids, ranked, self.item_ids)

    def _short_lists(
        self, index: np.ndarray, hidden: list[np.ndarray], request: _Request
    ) -> dict[int, RankedList]:
        """Return lists by place in `index`, of those users whose leading items prove them."""
        if request.visit.size or request.barred is not None:
            return {}
        known = np.flatnonzero(self.knows(index) & ~self._occasion.is_welcomed(index))
        lists = {}
        for place, leading in zip(known.tolist(), self.leading(index[known]), strict=False):
            user = int(index[place])
            visible = leading.without(hidden[place])
            if self._seen is not None:
                visible = visible.without(row_items(self._seen, user))
            best = visible.best(request.k)
            if best is not None:
                lists[place] = RankedList(*best, self._sources(user, best[0]))
        return lists

    def _whole_lists(
        self, index: np.ndarray, hidden: list[np.ndarray], request: _Request
    ) -> list[RankedList]:
        """Return the lists of users by their scores of all items."""
        read = self.score_in_visit(index, request.visit) if request.visit.size else None
        scores = self._visible_scores(index, request.newcomer, read)
        is_known, is_welcomed = self.knows(index), self._occasion.is_welcomed(index)
        is_new = is_welcomed | (~is_known & (request.newcomer is not None))
        fallback = np.where(is_new, self._newcomer_source, POPULAR)
        if read is not None:
            is_new = np.where(read.is_read, ~is_known, is_new)
            fallback = np.where(read.is_read, SESSION, fallback)
        if request.barred is not None:
            scores[:, request.barred] = -np.inf
        lists = []
        for place, row in enumerate(scores):
            row[hidden[place]] = -np.inf
            user = UNKNOWN if is_new[place] else int(index[place])
            final, is_visit = row, None
            if request.after is not None:
                final, is_visit = self._occasion.with_visit(
                    row, request.after, is_known=user != UNKNOWN and bool(is_known[place])
                )
            best = top_k(final, request.k)
            sources = self._sources_for(user, best, str(fallback[place]))
            if is_visit is not None:
                sources[is_visit[best]] = SESSION
            lists.append(RankedList(best, final[best], sources))
        return lists

    @property
    def _newcomer_source(self) -> str:
        return self.newcomer_source if self._occasion.segments is None else SEGMENT

    def _newcomer(self, context: Mapping[str, Any]) -> np.ndarray | None:
        """Return the scores of a user of whom only the context's attributes are known."""
        attributes = context.get(ATTRIBUTES)
        if not isinstance(attributes, Mapping) or not attributes:
            return None
        return self.score_newcomer({ATTRIBUTES: attributes})

    def _sources_for(self, user: int, items: np.ndarray, fallback: str) -> np.ndarray:
        """Return where each item comes from; `fallback` for a user nobody knows."""
        if user == UNKNOWN:
            return np.full(items.size, fallback, dtype=object)
        return self._sources(user, items)

    def _all_but(self, candidates: Collection[str]) -> np.ndarray:
        """Return a mask of the items that are not among `candidates`."""
        barred = np.ones(self.item_ids.size, dtype=bool)
        barred[self._known_items(candidates)] = False
        return barred

    def _known_items(self, item_ids: Collection[str]) -> np.ndarray:
        """Return the indices of those items that the model knows."""
        found = positions(self.item_ids, item_ids)
        known: np.ndarray = found[found != UNKNOWN]
        return known


def seen_items(dataset: Dataset) -> sparse.csr_matrix:
    """Return users x items, an entry where the user has met the item."""
    return pairs(dataset.interactions, dataset.shape)


def positions(ids: np.ndarray, wanted: Collection[str]) -> np.ndarray:
    """Return where each wanted id stands in sorted `ids`; -1 where it does not."""
    asked = np.array(list(wanted), dtype=object)
    if ids.size == 0 or asked.size == 0:
        return np.full(asked.size, UNKNOWN, dtype=np.intp)
    place = np.minimum(np.searchsorted(ids, asked), ids.size - 1)
    return np.where(ids[place] == asked, place, UNKNOWN)
